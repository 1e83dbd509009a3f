// `beetrace verify`: the verdict of our verifier, and of the running kernel's beside it.

import { ERROR_TEXTS } from '../base/errno.ts';
import { formatInstruction } from '../isa/index.ts';
import {
  answerOf,
  chooseProgram,
  judge,
  type KernelVerdict,
  kernelJudge,
  type RuntimeProgram,
  verifyBatch,
} from '../session/runtime/index.ts';
import { answerLines } from './ndjson.ts';
import { UsageError } from './options.ts';
import { PROGRAM_OPTIONS, programKindOf, readPrograms } from './runtime-input.ts';
import { oneFile, parseWords } from './words.ts';

type OwnVerdict = ReturnType<typeof judge>;

const USAGE = 'Usage: beetrace verify FILE [--program NAME] [--type KIND] [--unprivileged] [--kernel] [--log] [--json]';

const HELP = `${USAGE}
       beetrace verify --batch [--kernel] [--type KIND] [--unprivileged]

Says whether the programs of a file are safe to run, as the kernel would judge them. Ends with 0 when all are accepted,
with 1 when one is rejected.
FILE is an object file (ELF), assembly text, hexadecimal digits, plain bytes, or an image; - is standard input.

  --program NAME       only this program of the file
  --type KIND          its kind, by name or number (that of the file, else socket_filter)
  --attach-type KIND   its attach type
  --map [NAME=]KIND:KEY:VALUE:ENTRIES[:FLAGS]
                       a map for text or bytes: the Nth is map[fd:N] (from 0) and map[NAME]
  --unprivileged       judge as for a user without privileges
  --kernel             ask the running kernel too
  --log                print the log: the kernel's with --kernel, else ours in its notation
  --json               one JSON object a program
  --batch              one program a line on standard input, one answer a line: see docs/RUNTIME.md

Error numbers are positive, as in errno(3): 13 is EACCES; 0 stands for accept.
`;

const OPTIONS = {
  ...PROGRAM_OPTIONS,
  unprivileged: { type: 'boolean' },
  kernel: { type: 'boolean' },
  log: { type: 'boolean' },
  batch: { type: 'boolean' },
} as const;

export async function run(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseWords(words, OPTIONS, USAGE);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const unprivileged = values.unprivileged === true;
  const kernel = values.kernel ? kernelJudge : undefined;
  if (values.batch) {
    if (positionals.length > 0) throw new UsageError('--batch reads standard input, not a file.', [USAGE]);
    const kind = programKindOf(values.type) ?? 'socket_filter';
    return answerLines(verifyBatch({ kind, unprivileged, ...(kernel && { kernel }) }));
  }
  const file = readPrograms(oneFile(positionals, USAGE), values);
  if (!file) return 1;
  const programs = values.program === undefined ? file.programs : [chooseProgram(file.programs, values.program)];
  let accepted = true;
  for (const program of programs) {
    const own = judge(program, { unprivileged, states: values.log === true && !kernel });
    const theirs = kernel?.(program, unprivileged);
    accepted &&= own.accepted;
    process.stdout.write(
      values.json ? asJson(program, own, theirs) : asText(program, own, theirs, values.log === true),
    );
  }
  return accepted ? 0 : 1;
}

function asJson(program: RuntimeProgram, own: OwnVerdict, theirs: KernelVerdict | undefined): string {
  const { explanation, stackDepth } = own;
  const { name, kind } = program;
  const shown = { program: name, type: kind, ...answerOf(own), explanation, stackDepth };
  return `${JSON.stringify({ ...shown, ...(theirs && { kernel: answerOf(theirs) }) })}\n`;
}

function asText(program: RuntimeProgram, own: OwnVerdict, theirs: KernelVerdict | undefined, log: boolean): string {
  let text = log ? (theirs ? theirs.log : ownLog(program, own)) : '';
  text += `${program.name} (${program.kind}): ${verdictText(own)}\n`;
  if (!own.accepted) text += placeText(program, own);
  if (!theirs) return text;
  text += `  kernel: ${verdictText(theirs)}\n`;
  if (theirs.accepted !== own.accepted) text += '  The two verdicts differ.\n';
  return text;
}

type AnyVerdict = Pick<OwnVerdict, 'accepted' | 'errno' | 'message' | 'instruction' | 'processed'>;

function verdictText({ accepted, errno, message, instruction, processed }: AnyVerdict): string {
  if (accepted) return `accept, ${processed} instructions processed`;
  const name = ERROR_TEXTS[Math.abs(errno)]?.[0] ?? `error ${Math.abs(errno)}`;
  return `reject at instruction ${instruction}: ${message.replaceAll('\n', '; ') || 'no reason given'} (${name})`;
}

/** The instruction with its source line, and what the rejection means. */
function placeText(program: RuntimeProgram, { instruction, explanation }: OwnVerdict): string {
  const { instructions, lines } = program;
  const at = instructions[instruction];
  const line = lines?.findLast((candidate) => candidate.slot <= instruction);
  let text = line ? `  ${line.file}:${line.line}: ${line.text.trim()}\n` : '';
  if (at) text += `  ${instruction}: ${formatInstruction(at, instructions[instruction + 1]).text}\n`;
  for (const sentence of explanation.split('\n').filter((each) => each !== '')) text += `  ${sentence}\n`;
  return text;
}

/** What our verifier went through, in the notation of the kernel's log. */
function ownLog({ instructions }: RuntimeProgram, { states, message, processed }: OwnVerdict): string {
  let text = '';
  for (const { instruction, from, text: state } of states ?? []) {
    const place = from === undefined ? `${instruction}` : `from ${from} to ${instruction}`;
    text += `${place}: ${state}\n`;
    text += `${instruction}: ${formatInstruction(instructions[instruction]!, instructions[instruction + 1]).text}\n`;
  }
  if (message !== '') text += `${message}\n`;
  return `${text}processed ${processed} insns\n`;
}
