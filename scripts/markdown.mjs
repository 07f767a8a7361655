// Tables in Markdown, and pages that have some which a script has made: between <!-- table NAME --> and <!-- /table -->.

const row = (cells) => `| ${cells.join(' | ')} |`;

export const table = (columns, rows) => [row(columns), row(columns.map(() => '---')), ...rows.map(row)].join('\n');

/** The page with these tables, by their names; one that is `undefined` stays as it is. */
export const filledIn = (page, tables) =>
  page.replace(/(<!-- table (\S+) -->\n)[\s\S]*?(<!-- \/table -->)/g, (whole, start, name, end) =>
    tables[name] === undefined ? whole : `${start}${tables[name]}\n${end}`,
  );
