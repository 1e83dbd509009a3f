// The command line as one table: parsing, help and the documentation are made from it.

import { nearest } from '../base/text.ts';

interface OptionEntry {
  readonly long: string;
  readonly short?: string;
  /** Name of the value in help; without it the option is a switch. */
  readonly value?: string;
  /** The only values that it takes. */
  readonly choices?: readonly string[];
  /** One line of help. */
  readonly help: string;
  readonly group: 'what' | 'how' | 'output' | 'look' | 'hidden';
}

export const OPTIONS = [
  { long: 'evaluate', short: 'e', value: 'PROGRAM', help: 'run this program text', group: 'what' },
  { long: 'pid', short: 'p', value: 'PID', help: 'trace only this process; end when it ends', group: 'what' },
  { long: 'cmd', short: 'c', value: 'COMMAND', help: 'run a command and trace until it ends', group: 'what' },
  { long: 'list', short: 'l', help: 'list probes that match a pattern, or those of a script', group: 'what' },
  { long: 'unsafe', help: 'allow functions that change the system: system(), signal(), ...', group: 'how' },
  {
    long: 'engine',
    value: 'ENGINE',
    choices: ['kernel', 'vm'],
    help: 'where programs run; vm needs no root and has begin, end, interval and profile probes',
    group: 'how',
  },
  { long: 'dry-run', help: 'load and attach everything, then end', group: 'how' },
  {
    long: 'format',
    short: 'f',
    value: 'FORMAT',
    choices: ['text', 'json'],
    help: 'print text (default) or one JSON object a line',
    group: 'output',
  },
  { long: 'output', short: 'o', value: 'FILE', help: 'write what the script prints to a file', group: 'output' },
  {
    long: 'buffering',
    short: 'B',
    value: 'MODE',
    choices: ['none', 'line', 'full'],
    help: 'when output is written: at once, by lines (default), or when the buffer is full',
    group: 'output',
  },
  { long: 'quiet', short: 'q', help: 'say nothing but what the script prints', group: 'output' },
  {
    long: 'warnings',
    short: 'k',
    help: 'report every read of memory and look-up in a map that fails',
    group: 'output',
  },
  { long: 'no-warnings', help: 'print no warnings', group: 'output' },
  { long: 'verbose', short: 'v', help: "say more: probes' arguments with -l, the verifier's log", group: 'look' },
  {
    long: 'dump',
    short: 'd',
    value: 'STAGE',
    choices: ['ast', 'types', 'ir', 'asm', 'image'],
    help: 'print one stage of the compilation and end',
    group: 'look',
  },
  { long: 'info', help: 'say what this system and its kernel offer', group: 'look' },
  { long: 'btf', short: 'b', help: 'no effect: BTF is always used', group: 'hidden' },
  { long: 'help', short: 'h', help: 'print this help', group: 'look' },
  { long: 'version', short: 'V', help: 'print the version', group: 'look' },
] as const satisfies readonly OptionEntry[];

export type OptionName = (typeof OPTIONS)[number]['long'];

export interface CommandLine {
  /** Values of the options that were given; switches are `true`. */
  readonly options: Partial<Record<OptionName, string | true>>;
  /** Words that are no options: the script's file and its parameters. */
  readonly words: readonly string[];
  /** Words after `--`. */
  readonly rest: readonly string[];
}

/** A command line that cannot be understood; the message is a sentence. */
export class UsageError extends Error {
  readonly hints: readonly string[];
  /** How the command is used is worth showing: what was meant is not known. */
  readonly showUsage: boolean;

  constructor(message: string, hints: readonly string[] = [], showUsage = false) {
    super(message);
    this.hints = hints;
    this.showUsage = showUsage;
  }
}

const table: readonly OptionEntry[] = OPTIONS;

/**
 * Reads a command line. Options come before the script's file; what follows it belongs to the script. With -e there is no
 * file, so options may still follow the program text.
 * @throws UsageError
 */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const options: Partial<Record<OptionName, string | true>> = {};
  const words: string[] = [];
  let rest: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index]!;
    if (word === '--') {
      rest = argv.slice(index + 1);
      break;
    }
    if (words.length > 0 || word === '-' || !word.startsWith('-')) {
      words.push(word);
      continue;
    }
    index += word.startsWith('--')
      ? readLong(word, argv[index + 1], options)
      : readShort(word, argv[index + 1], options);
  }
  return { options, words, rest };
}

/** Reads `--name`, `--name=value` or `--name value`; returns how many further words it took. */
function readLong(word: string, next: string | undefined, options: CommandLine['options']): number {
  const equals = word.indexOf('=');
  const name = word.slice(2, equals === -1 ? undefined : equals);
  const entry = table.find((one) => one.long === name);
  if (!entry) throw unknownOption(`--${name}`);
  if (!entry.value) {
    if (equals !== -1) throw new UsageError(`Option --${name} takes no value.`);
    set(options, entry, true);
    return 0;
  }
  const value = equals === -1 ? next : word.slice(equals + 1);
  set(options, entry, needValue(`--${name}`, entry, value));
  return equals === -1 ? 1 : 0;
}

/** Reads `-x`, `-xvalue`, `-x value` and switches run together (`-lv`); returns how many further words it took. */
function readShort(word: string, next: string | undefined, options: CommandLine['options']): number {
  for (let at = 1; at < word.length; at++) {
    const entry = table.find((one) => one.short === word[at]);
    if (!entry) throw unknownOption(`-${word[at]}`);
    if (!entry.value) {
      set(options, entry, true);
      continue;
    }
    const attached = word.slice(at + 1);
    set(options, entry, needValue(`-${word[at]}`, entry, attached === '' ? next : attached));
    return attached === '' ? 1 : 0;
  }
  return 0;
}

function set(options: CommandLine['options'], entry: OptionEntry, value: string | true): void {
  const name = entry.long as OptionName;
  if (name === 'evaluate' && options.evaluate !== undefined) throw new UsageError('Option -e can be given only once.');
  options[name] = value;
}

function needValue(shown: string, entry: OptionEntry, value: string | undefined): string {
  if (value === undefined) throw new UsageError(`Option ${shown} needs a value: ${shown} ${entry.value}.`);
  if (entry.choices && !entry.choices.includes(value)) throw badChoice(entry, value);
  return value;
}

function badChoice(entry: OptionEntry, value: string): UsageError {
  const valid = entry.choices!.map((choice) => `'${choice}'`).join(', ');
  // The wording of bpftrace, which scripts may look for.
  if (entry.long === 'format') return new UsageError(`Invalid output format "${value}"\nValid formats: ${valid}`);
  return new UsageError(`Option --${entry.long} does not take '${value}'; it takes ${valid}.`);
}

function unknownOption(shown: string): UsageError {
  const near = nearest(
    shown.replace(/^-+/, ''),
    table.map((one) => one.long),
  );
  const hints = near ? [`Did you mean --${near}?`] : [];
  return new UsageError(`Unknown option ${shown}.`, [...hints, 'beetrace --help lists the options.'], true);
}
