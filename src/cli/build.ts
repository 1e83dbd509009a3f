// `beetrace build`: a script to an image file that runs on other kernels, without a compiler there.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { writeImage } from '../image/index.ts';
import { compile } from '../session/index.ts';
import { readProgram } from './input.ts';
import { UsageError } from './options.ts';
import { toImage } from './trace.ts';

const USAGE = 'Usage: beetrace build FILE [-o IMAGE] [--kernel VERSION] [--unsafe] [parameter...]';
/** What runs here runs on all newer kernels; scripts that need more say so. */
const OLDEST_KERNEL = '5.10';

export async function run(words: readonly string[]): Promise<number> {
  const { values, positionals } = parse(words);
  const [file, ...positional] = positionals;
  if (values.help || file === undefined) {
    (values.help ? process.stdout : process.stderr).write(`${USAGE}\n`);
    return values.help ? 0 : 1;
  }
  const input = readProgram(file);
  if (input.kind === 'image') throw new UsageError(`'${file}' is an image already.`);
  const options = {
    positional,
    named: [],
    unsafe: values.unsafe === true,
    hasCommand: false,
    kernel: values.kernel ?? OLDEST_KERNEL,
  };
  const image = toImage(compile(input.source, options), true);
  if (!image) return 1;
  const target = values.output ?? `${file === '-' ? 'stdin' : file.replace(/\.bt$/, '')}.image`;
  writeFileSync(target, writeImage(image));
  process.stderr.write(`Wrote ${target}\n`);
  return 0;
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        output: { type: 'string', short: 'o' },
        kernel: { type: 'string' },
        unsafe: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message.replace(/\. To specify.*$/s, '.'), [USAGE]);
  }
}
