// `beetrace --info`.

import { systemInfo } from '../session/index.ts';
import { version } from './version.ts';

export function infoText(): string {
  const sections = systemInfo([`version: v${version}`, `Node.js: ${process.version}`]);
  return sections.map(({ title, lines, columns }) => `${title}\n${layOut(lines, columns)}`).join('\n');
}

/** Width of a column and the gap behind what is wider, as bpftrace has them. */
const COLUMN = 24;
const GAP = '   ';

/** Lines in columns, read from left to right. */
function layOut(lines: readonly string[], columns: number): string {
  let text = '';
  for (let at = 0; at < lines.length; at += columns) {
    const row = lines.slice(at, at + columns).map((line) => (line.length < COLUMN ? line.padEnd(COLUMN) : line + GAP));
    text += `  ${row.join('').trimEnd()}\n`;
  }
  return text;
}
