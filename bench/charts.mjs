// Draws the charts of docs/performance.md from what bench/run.mjs has recorded: bars on a logarithmic scale, one for each library.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const width = 720;
const labelWidth = 190;
const rowHeight = 26;
const top = 44;

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
/** A figure with as many digits as mean something. */
export const show = (number) => (number >= 100 ? number.toFixed(0) : number.toFixed(number >= 10 ? 1 : 2));

function chart({ title, unit, rows, bound, isDifference }) {
  const height = top + rows.length * rowHeight + 28;
  const values = rows.map(({ value }) => Math.max(value.median, 0.1));
  const [least, most] = [Math.min(...values) / 2, Math.max(...values)];
  const scale = (value) =>
    (Math.log(Math.max(value, 0.1) / least) / Math.log(most / least)) * (width - labelWidth - 170);
  const bars = rows.map(({ library, value, compared }, i) => {
    const y = top + i * rowHeight;
    const kind = library === 'distributed-cache' ? 'own' : library === bound ? 'bound' : 'peer';
    const ratio =
      compared === undefined ? '' : isDifference ? ` (${show(compared.median)} more)` : ` (${show(compared.median)})`;
    const length = Math.max(2, scale(value.median));
    return [
      `<text class="label" x="${labelWidth - 8}" y="${y + 17}">${escaped(library)}</text>`,
      `<rect class="${kind}" x="${labelWidth}" y="${y + 4}" width="${length.toFixed(1)}" height="${rowHeight - 8}" rx="3"/>`,
      `<text x="${(labelWidth + length + 6).toFixed(1)}" y="${y + 17}">${show(value.median)} ${unit}${ratio}</text>`,
    ].join('');
  });
  const style =
    'text{font:13px system-ui,sans-serif;fill:#333}.title{font-weight:600;font-size:15px}.label{text-anchor:end}.scale{font-size:11px;opacity:.7}' +
    '.own{fill:#0a7d4b}.bound{fill:#9aa5b1}.peer{fill:#c9d3de}' +
    '@media(prefers-color-scheme:dark){text{fill:#ddd}.peer{fill:#4a5563}.bound{fill:#76818d}}';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img"><title>${escaped(title)}</title><style>${style}</style><text class="title" x="12" y="26">${escaped(title)}</text>${bars.join('')}<text class="scale" x="${labelWidth}" y="${height - 8}">logarithmic scale</text></svg>\n`;
}

/** Writes one SVG for each case. */
export async function draw({ results }, folder) {
  await mkdir(folder, { recursive: true });
  // A table of its own has no bars.
  const compared = results.filter(({ columns }) => columns === undefined);
  for (const result of compared) await writeFile(join(folder, `bench-${result.name}.svg`), chart(result));
}
