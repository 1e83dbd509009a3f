// `beetrace explain`: a program with what the verifier knows before every instruction, and what is wrong with it.

import { ERROR_TEXTS } from '../base/errno.ts';
import { answerOf, chooseProgram, type Explanation, explainProgram } from '../session/runtime/index.ts';
import { countOption, PROGRAM_OPTIONS, readPrograms } from './runtime-input.ts';
import { oneFile, parseWords } from './words.ts';

const USAGE = 'Usage: beetrace explain FILE [--program NAME] [--type KIND] [--unprivileged] [--states N] [--json]';

const HELP = `${USAGE}

Shows what the verifier knows before every instruction: the types and ranges of registers and stack slots, each way that
leads there by itself, in the notation of the kernel's log. Source lines stand over the instructions that they made.
FILE is an object file (ELF), assembly text, hexadecimal digits, plain bytes, or an image; - is standard input.

  --program NAME       which program of the file
  --type KIND          its kind, by name or number (that of the file, else socket_filter)
  --attach-type KIND   its attach type
  --map [NAME=]KIND:KEY:VALUE:ENTRIES[:FLAGS]
                       a map for text or bytes: the Nth is map[fd:N] (from 0) and map[NAME]
  --unprivileged       judge as for a user without privileges
  --states N           show up to N states of an instruction (default 3)
  --json               one JSON object
`;

const OPTIONS = {
  ...PROGRAM_OPTIONS,
  unprivileged: { type: 'boolean' },
  states: { type: 'string' },
} as const;

export async function run(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseWords(words, OPTIONS, USAGE);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const limit = countOption('states', values.states, 3);
  const file = readPrograms(oneFile(positionals, USAGE), values);
  if (!file) return 1;
  const program = chooseProgram(file.programs, values.program);
  const explanation = explainProgram(program, { limit, unprivileged: values.unprivileged === true });
  process.stdout.write(values.json ? asJson(explanation) : asText(explanation));
  return explanation.verdict.accepted ? 0 : 1;
}

function asJson({ verdict, instructions }: Explanation): string {
  return `${JSON.stringify({ ...answerOf(verdict), explanation: verdict.explanation, instructions })}\n`;
}

function asText({ verdict, instructions }: Explanation): string {
  let text = '';
  for (const { instruction, text: code, states, more, source } of instructions) {
    if (source) text += `; ${source.text}  (${source.file}:${source.line})\n`;
    for (const state of states) {
      const from = state.from === undefined ? '' : `from ${state.from}: `;
      text += `        ${from}${state.text}\n`;
    }
    if (more > 0) text += `        ... and ${more} more\n`;
    if (states.length === 0) text += '        never reached\n';
    const here = !verdict.accepted && instruction === verdict.instruction;
    text += `${here ? '>' : ' '}${String(instruction).padStart(4)}: ${code}\n`;
  }
  return `${text}\n${closing(verdict)}`;
}

function closing({
  accepted,
  errno,
  message,
  instruction,
  processed,
  explanation,
  stackDepth,
}: Explanation['verdict']): string {
  if (accepted) return `Accepted: ${processed} instructions processed, ${stackDepth.join('+') || 0} bytes of stack.\n`;
  const name = ERROR_TEXTS[Math.abs(errno)]?.[0] ?? `error ${Math.abs(errno)}`;
  return `Rejected at instruction ${instruction}: ${message.replaceAll('\n', '; ')} (${name})\n${explanation === '' ? '' : `${explanation}\n`}`;
}
