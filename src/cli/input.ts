// Reads what a command line names: the program's text or image, its parameters, the process.

import { existsSync, readFileSync } from 'node:fs';
import { TraceError } from '../base/error.ts';
import type { Source } from '../base/source.ts';
import { systemReason } from '../base/system-reason.ts';
import { type Image, isImageFile, readImage } from '../image/index.ts';
import { type CommandLine, UsageError } from './options.ts';

/** A program to run: a script's text, or an image that was built before. */
export type Input =
  | { readonly kind: 'script'; readonly source: Source }
  | { readonly kind: 'image'; readonly image: Image };

/** Parameters of a script: `$1`, `$2`, ... and `--name=value` after `--`. */
export interface ScriptParameters {
  readonly positional: readonly string[];
  readonly named: readonly string[];
}

export function readInput(line: CommandLine): { input: Input; parameters: ScriptParameters } {
  const text = line.options.evaluate;
  if (typeof text === 'string') {
    return {
      input: { kind: 'script', source: { name: 'stdin', text } },
      parameters: parametersOf(line.words, line.rest),
    };
  }
  const [file, ...positional] = line.words;
  return { input: readProgram(file!), parameters: parametersOf(positional, line.rest) };
}

/** What follows `--` and does not look like `--name` is one more positional parameter. */
function parametersOf(words: readonly string[], rest: readonly string[]): ScriptParameters {
  const isNamed = (word: string) => word.startsWith('--');
  const early = words.find(isNamed);
  if (early !== undefined) {
    throw new UsageError(
      `${early} stands behind the program.`,
      ['Options of beetrace stand in front of it.', `Options of the program stand behind --: -- ${early}`],
      true,
    );
  }
  return { positional: [...words, ...rest.filter((word) => !isNamed(word))], named: rest.filter(isNamed) };
}

/** Reads a script or an image; `-` is standard input. */
export function readProgram(file: string): Input {
  const bytes = readBytes(file);
  if (isImageFile(bytes)) return { kind: 'image', image: readImage(bytes) };
  const name = file === '-' ? 'stdin' : file;
  if (bytes.includes(0))
    throw new TraceError('ERR_INPUT', `'${file}' is neither a script nor an image: it is a binary file.`);
  return { kind: 'script', source: { name, text: new TextDecoder().decode(bytes) } };
}

/** The bytes of a file; `-` is standard input. */
export function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file === '-' ? 0 : file);
  } catch (cause) {
    throw new TraceError('ERR_INPUT', `failed to open file '${file}': ${systemReason(cause)}`, { cause });
  }
}

/** The largest process id that Linux gives. Source: PID_MAX_LIMIT, include/linux/threads.h. */
const PID_MAX = 0x400000;

/** Reads the value of -p; the wording of its errors is bpftrace's. */
export function readPid(text: string | true | undefined): number | undefined {
  if (typeof text !== 'string') return undefined;
  const digits = /^(0x[0-9a-f]+|\d+)/i.exec(text)?.[0];
  if (digits === undefined) throw new UsageError(`Failed to parse pid: invalid integer: ${text}`);
  if (digits !== text) throw new UsageError(`Failed to parse pid: invalid trailing bytes: ${text}`);
  const pid = Number(digits);
  if (pid < 1 || pid > PID_MAX) throw new UsageError(`Pid out of range: ${text}`);
  if (!existsSync(`/proc/${pid}`)) throw new UsageError(`There is no process with pid ${pid}.`);
  return pid;
}
