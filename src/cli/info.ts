// `beetrace --info`.

import { systemInfo } from '../session/index.ts';
import { version } from './version.ts';

export function infoText(): string {
  const sections = systemInfo([`version: v${version}`, `Node.js: ${process.version}`]);
  return sections.map(({ title, lines }) => `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`).join('\n');
}
