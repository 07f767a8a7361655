// Prints what bench/run.mjs has measured, as tables in Markdown.
import { table } from '../scripts/markdown.mjs';
import { show } from './charts.mjs';

export function print(result) {
  console.log(`\n${result.title}\n`);
  if (result.columns === undefined) printLibraries(result);
  else console.log([table(result.columns, result.rows), ...(result.notes ?? [])].join('\n\n'));
}

function printLibraries({ unit, isDifference, bound, rows }) {
  const beside = [...new Set(rows.flatMap(({ more }) => Object.keys(more)))];
  const compare = bound === undefined ? [] : [`${isDifference ? 'more than' : 'to'} ${bound}`, 'quartiles'];
  const cells = ({ library, version, value, compared, notes, more }) => [
    [library, version].join(' ').trim(),
    [show(value.median), ...notes].join(', '),
    ...(compared === undefined ? [] : [show(compared.median), `${show(compared.low)} to ${show(compared.high)}`]),
    ...beside.map((what) => (what in more ? show(more[what]) : '')),
  ];
  console.log(table(['', unit, ...compare, ...beside], rows.map(cells)));
}
