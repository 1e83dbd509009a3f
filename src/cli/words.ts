// Reads the words of a subcommand with node:util, and turns what is wrong with them into our own errors.

import { type ParseArgsConfig, parseArgs } from 'node:util';
import { nearest } from '../base/text.ts';
import { UsageError } from './options.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

type Parsed<T extends Options> = ReturnType<typeof parseArgs<{ options: T; allowPositionals: true }>>;

/** @throws UsageError */
export function parseWords<const T extends Options>(words: readonly string[], options: T, usage: string): Parsed<T> {
  try {
    return parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    const message = (error as Error).message
      .replace(/\. To specify.*$/s, '.')
      .replace(/^Unknown option/, 'Unknown option');
    const [, unknown] = /^Unknown option '--?([\w-]+)'/.exec(message) ?? [];
    const near = unknown === undefined ? undefined : nearest(unknown, Object.keys(options));
    throw new UsageError(sentence(message), [...(near === undefined ? [] : [`Did you mean --${near}?`]), usage]);
  }
}

function sentence(text: string): string {
  const line = text.split('\n')[0]!;
  return line.endsWith('.') ? line : `${line}.`;
}

/**
 * The only file that a subcommand takes.
 * @throws UsageError
 */
export function oneFile(positionals: readonly string[], usage: string): string {
  const [file, ...more] = positionals;
  if (file === undefined) throw new UsageError('There is no file.', [usage]);
  if (more.length > 0) throw new UsageError(`One file is taken, not ${positionals.length}.`, [usage]);
  return file;
}
