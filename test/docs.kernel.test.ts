// Every code block of README.md and docs/ does what it says. Blocks are known by their language: `sh` lines run, `bpftrace`
// compiles, `ts` is type-checked and runs, `text from: COMMAND` is what the command prints, and the lines of
// `text in: COMMAND` are among those that it prints, in their order. Plain `text` shows what varies.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { root, SLOW, whyNoBpf } from './support/beetrace.ts';

interface Block {
  readonly file: string;
  readonly line: number;
  readonly language: string;
  readonly source: string;
  readonly text: string;
}

function blocksOf(file: string): Block[] {
  const blocks: Block[] = [];
  const text = readFileSync(join(root, file), 'utf8');
  for (const match of text.matchAll(/^```([^\n]*)\n(.*?)^```$/gms)) {
    const [language = '', ...rest] = match[1]!.split(' ');
    const source = rest.join(' ');
    const line = text.slice(0, match.index).split('\n').length;
    blocks.push({ file, line, language, source, text: match[2]! });
  }
  return blocks;
}

const files = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)];
const blocks = files.filter((file) => file.endsWith('.md')).flatMap(blocksOf);
const reason = whyNoBpf();
if (reason) process.stderr.write(`skipped: code blocks of the documentation: ${reason}\n`);

/** Seconds in which a command has begun and shown what it shows. */
const SECONDS = SLOW > 1 ? 15 : 3;

/** Runs a shell line; what goes on until Ctrl-C gets one after a while. */
function shell(line: string): { stdout: string; stderr: string; status: number | null } {
  const command = ['timeout', '--signal=INT', String(SECONDS), 'bash', '-c', `exec ${line}`];
  return spawnSync(command[0]!, command.slice(1), { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
}

const scratch = join(root, '.cache/docs');
const aliases = {
  beetrace: join(root, 'src/session/index.ts'),
  'beetrace/image': join(root, 'src/image/index.ts'),
  'beetrace/isa': join(root, 'src/isa/index.ts'),
  'beetrace/btf': join(root, 'src/btf/index.ts'),
  'beetrace/vm': join(root, 'src/engines/vm/index.ts'),
};

describe.skipIf(reason)('code blocks of the documentation', () => {
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  test('links lead somewhere', () => {
    const dead = files.flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map((match) => match[1]!);
      return links.filter((link) => !existsSync(join(root, dirname(file), link))).map((link) => `${file}: ${link}`);
    });
    expect(dead).toEqual([]);
  });

  test('there are some, and each has a language that is tested', () => {
    expect(blocks.length).toBeGreaterThan(10);
    const known = new Set(['sh', 'bpftrace', 'ts', 'text', 'diff']);
    expect(blocks.filter((block) => !known.has(block.language))).toEqual([]);
  });

  for (const block of blocks) {
    const name = `${block.file}:${block.line}`;
    if (block.language === 'sh') {
      for (const line of block.text.trim().split('\n')) {
        test(`${name}: ${line}`, () => {
          const run = shell(line);
          expect(run.stderr).not.toMatch(/^ERROR|^[^ ]+: ERROR/m);
          // 124: timeout ended it with Ctrl-C.
          expect([0, 124]).toContain(run.status);
        });
      }
    }
    if (block.language === 'bpftrace') {
      test(name, ({ skip }) => {
        const run = spawnSync('./beetrace', ['-d', 'image', '-e', block.text], { cwd: root, encoding: 'utf8' });
        const [, lack] = /ERROR: (.* needs Linux \S+), and this is/.exec(run.stderr) ?? [];
        if (lack) return skip(lack);
        expect(run.stderr).toBe('');
        expect(run.status).toBe(0);
      });
    }
    if (block.language === 'text' && block.source !== '') {
      test(`${name}: ${block.source}`, () => {
        const [, how, command = ''] = /^(from|in): (.*)$/.exec(block.source) ?? [];
        const printed = shell(command).stdout;
        if (how === 'from') expect(printed).toBe(block.text);
        else expect(linesIn(printed, block.text)).toBe(block.text);
      });
    }
    if (block.language === 'ts') {
      test(name, async () => {
        mkdirSync(scratch, { recursive: true });
        const file = join(scratch, `block-${block.line}.ts`);
        const bundle = join(scratch, `block-${block.line}.mjs`);
        writeFileSync(file, block.text);
        await build({
          absWorkingDir: root,
          entryPoints: [file],
          outfile: bundle,
          bundle: true,
          format: 'esm',
          platform: 'node',
          packages: 'external',
          alias: aliases,
          logLevel: 'silent',
        });
        const types = spawnSync(join(root, 'node_modules/.bin/tsc'), ['--noEmit', '-p', writeConfig(file)], {
          cwd: root,
          encoding: 'utf8',
        });
        expect(types.stdout).toBe('');
        const run = spawnSync(process.execPath, [bundle], { cwd: root, encoding: 'utf8' });
        expect(run.stderr).toBe('');
        expect(run.status).toBe(0);
      });
    }
  }
});

/** Those of the wanted lines that a text has in this order. */
function linesIn(text: string, wanted: string): string {
  const lines = text.split('\n');
  let at = 0;
  const found = wanted
    .trimEnd()
    .split('\n')
    .filter((line) => {
      const next = lines.indexOf(line, at);
      if (next !== -1) at = next + 1;
      return next !== -1;
    });
  return `${found.join('\n')}\n`;
}

/** A configuration that type-checks one block with the package's names resolved to the sources. */
function writeConfig(file: string): string {
  const config = `${file}.json`;
  const paths = Object.fromEntries(Object.entries(aliases).map(([name, target]) => [name, [target]]));
  writeFileSync(
    config,
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: { paths, noUnusedLocals: false },
      include: [file],
    }),
  );
  return config;
}
