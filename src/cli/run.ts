// `beetrace run`: runs a program once on given bytes, in the vm or in the kernel.

import { toHex } from '../base/bytes.ts';
import {
  chooseProgram,
  kernelCpus,
  type MapContents,
  RUN_ENGINES,
  type RunEngine,
  type RunInput,
  type RunOutcome,
  runBatch,
  runProgram,
} from '../session/runtime/index.ts';
import { answerLines } from './ndjson.ts';
import { UsageError } from './options.ts';
import { bytesOption, countOption, PROGRAM_OPTIONS, programKindOf, readPrograms } from './runtime-input.ts';
import { oneFile, parseWords } from './words.ts';

const USAGE = 'Usage: beetrace run FILE [--data HEX] [--engine interpreter|jit|kernel] [--program NAME] [--type KIND]';

const HELP = `${USAGE}
       beetrace run --batch [--engine ENGINE] [--type KIND]

Runs a program once on given bytes and prints what it returns, what it changed, and its maps.
FILE is an object file (ELF), assembly text, hexadecimal digits, plain bytes, or an image; - is standard input.

  --data HEX|@FILE     the packet (64 zero bytes for programs that have one)
  --ctx HEX|@FILE      the context: registers, arguments, a record, struct __sk_buff or struct xdp_md
  --engine ENGINE      interpreter (default), jit (WebAssembly) or kernel (BPF_PROG_TEST_RUN)
  --repeat N           run it N times on the same bytes; prints the average time
  --program NAME       which program of the file
  --type KIND          its kind, by name or number (that of the file, else socket_filter)
  --attach-type KIND   its attach type
  --map [NAME=]KIND:KEY:VALUE:ENTRIES[:FLAGS]
                       a map for text or bytes: the Nth is map[fd:N] (from 0) and map[NAME]
  --no-verify          do not ask the verifier first; the interpreter and the JIT then check every access
  --unprivileged       verify as for a user without privileges
  --json               one JSON object
  --batch              one program a line on standard input, one answer a line: see docs/RUNTIME.md
`;

const OPTIONS = {
  ...PROGRAM_OPTIONS,
  data: { type: 'string' },
  ctx: { type: 'string' },
  engine: { type: 'string' },
  repeat: { type: 'string' },
  'no-verify': { type: 'boolean' },
  unprivileged: { type: 'boolean' },
  batch: { type: 'boolean' },
} as const;

export async function run(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseWords(words, OPTIONS, USAGE);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const options = {
    engine: engineOf(values.engine),
    verify: values['no-verify'] !== true,
    unprivileged: values.unprivileged === true,
    cpus: kernelCpus(),
    trace: (line: string) => void process.stderr.write(line),
  };
  const repeat = countOption('repeat', values.repeat, 1);
  if (values.batch) {
    if (positionals.length > 0) throw new UsageError('--batch reads standard input, not a file.', [USAGE]);
    return answerLines(runBatch({ ...options, repeat, kind: programKindOf(values.type) ?? 'socket_filter' }));
  }
  const file = readPrograms(oneFile(positionals, USAGE), values);
  if (!file) return 1;
  const program = chooseProgram(file.programs, values.program);
  const data = bytesOption('data', values.data);
  const context = bytesOption('ctx', values.ctx);
  const input = { ...(data && { data }), ...(context && { context }), repeat };
  const outcome = runProgram(program, file.programs, input, options);
  const timed = values.repeat !== undefined;
  process.stdout.write(values.json ? asJson(outcome, timed) : asText(outcome, input, timed));
  return 0;
}

function engineOf(text: string | undefined): RunEngine {
  const found = RUN_ENGINES.find((engine) => engine === (text ?? 'interpreter'));
  if (found) return found;
  throw new UsageError(`There is no engine '${text}'.`, [`Engines are ${RUN_ENGINES.join(', ')}.`]);
}

function asJson(outcome: RunOutcome, timed: boolean): string {
  const { retval, data, context, maps, nanoseconds } = outcome;
  const shown = {
    retval,
    ...(data && { data: toHex(data) }),
    ...(context && { context: toHex(context) }),
    maps,
    ...(timed && { nanoseconds }),
  };
  return `${JSON.stringify(shown)}\n`;
}

function asText(outcome: RunOutcome, input: RunInput, timed: boolean): string {
  const { retval, data, context, maps, nanoseconds } = outcome;
  // Error numbers are small negative numbers, which people know better with their sign.
  const signed = retval > 0xffff_f000 ? ` (${retval | 0})` : '';
  let text = `Return value: ${retval}${signed}\n`;
  if (data) text += bytesText('Data', data, input.data);
  if (context) text += bytesText('Context', context, input.context);
  for (const map of maps) text += mapText(map);
  if (timed) text += `Average time: ${nanoseconds} ns\n`;
  return text;
}

/** The bytes sixteen a line, when the program changed them. */
function bytesText(title: string, after: Uint8Array, before: Uint8Array | undefined): string {
  if (!before) return '';
  const same = after.length === before.length && after.every((byte, index) => byte === before[index]);
  if (same) return `${title}: ${after.length} bytes, unchanged\n`;
  let text = `${title}: ${after.length} bytes, changed\n`;
  for (let at = 0; at < after.length; at += 16) {
    const bytes = [...after.subarray(at, at + 16)].map((byte) => byte.toString(16).padStart(2, '0'));
    text += `  ${at.toString(16).padStart(4, '0')}  ${bytes.join(' ')}\n`;
  }
  return text;
}

function mapText({ name, kind, entries }: MapContents): string {
  if (entries.length === 0) return `Map ${name} (${kind}): ${kind.includes('array') ? 'all zero' : 'empty'}\n`;
  const lines = entries.map(({ key, value }) => (key === '' ? `  ${value}\n` : `  ${key}: ${value}\n`));
  return `Map ${name} (${kind}):\n${lines.join('')}`;
}
