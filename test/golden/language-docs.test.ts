// The tables of docs/LANGUAGE.md are made from the objects of the language. `npm run bless` writes them.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { settings } from '../../src/frontends/bpftrace/config.ts';
import { probeKinds } from '../../src/frontends/bpftrace/probes/registry.ts';
import { words } from '../../src/frontends/bpftrace/words/index.ts';

const file = join(import.meta.dirname, '../../docs/LANGUAGE.md');

const cell = (text: string) => text.replaceAll('|', '\\|');
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |\n`).join('');
const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1);

function wordTable(kind: string): string {
  const rows = words
    .filter((word) => word.kind === kind)
    .sort(byName)
    .map((word) => [`\`${word.signature}\`${word.unsafe ? ' 🔒' : ''}`, word.doc, word.kernel ?? '']);
  return table(['name', 'what it is', 'kernel'], rows);
}

function probeTable(): string {
  const rows = [...probeKinds].map((kind) => [
    [kind.name, ...kind.aliases].map((name) => `\`${name}\``).join(' '),
    kind.forms.map((form) => `\`${kind.name}${form === '' ? '' : ':'}${form}\``).join(' '),
    kind.doc,
    kind.kernel ?? '',
  ]);
  return table(['kind', 'forms', 'what it is', 'kernel'], rows);
}

function settingTable(): string {
  const rows = Object.entries(settings).map(([name, setting]) => [
    `\`${name}\``,
    `\`${setting.initial}\``,
    setting.doc,
  ]);
  return table(['name', 'default', 'what it says'], rows);
}

function generated(marker: string): string {
  const [what, kind = ''] = marker.split(' ');
  if (what === 'probes') return probeTable();
  return what === 'settings' ? settingTable() : wordTable(kind);
}

describe('docs/LANGUAGE.md', () => {
  test('its tables are those of the objects', () => {
    const text = readFileSync(file, 'utf8');
    const current = text.replace(
      /(<!-- ((?:words|probes|settings)[^>]*?) -->\n).*?(<!-- end -->)/gs,
      (_whole, open: string, marker: string, end: string) => `${open}\n${generated(marker)}\n${end}`,
    );
    if (process.env['BLESS']) writeFileSync(file, current);
    else expect(text).toBe(current);
  });

  test('every word says what it is', () => {
    expect(words.filter((word) => word.doc.length < 8 || word.signature === '')).toEqual([]);
  });
});
