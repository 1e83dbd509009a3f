// `beetrace disasm`: the instructions of a file as text.

import { fromHex } from '../base/bytes.ts';
import { decode, disassemble, type Instruction } from '../isa/index.ts';
import { chooseProgram } from '../session/runtime/index.ts';
import { UsageError } from './options.ts';
import { PROGRAM_OPTIONS, readPrograms } from './runtime-input.ts';
import { oneFile, parseWords } from './words.ts';

const USAGE = 'Usage: beetrace disasm FILE [--program NAME], or beetrace disasm --hex DIGITS';

const HELP = `${USAGE}

Prints programs in the notation of the kernel's log, which \`beetrace asm\` reads back to the same bytes. Of an object file or an
image every program is printed, after its name; maps are map[fd:N], the Nth of the file.
FILE is an object file (ELF), assembly text, hexadecimal digits, plain bytes, or an image; - is standard input.

  --hex DIGITS         the program itself, in place of a file
  --program NAME       only this program of the file
  --labels             labels instead of distances
  --plain              without indices and opcodes
`;

const OPTIONS = {
  program: PROGRAM_OPTIONS.program,
  help: PROGRAM_OPTIONS.help,
  hex: { type: 'string' },
  labels: { type: 'boolean' },
  plain: { type: 'boolean' },
} as const;

export async function run(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseWords(words, OPTIONS, USAGE);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const text = (instructions: readonly Instruction[]): string => {
    return disassemble(instructions, {
      labels: values.labels === true,
      ...(values.plain && { indices: false, opcodes: false }),
    });
  };
  if (values.hex !== undefined) {
    if (positionals.length > 0) throw new UsageError('--hex stands in place of a file.', [USAGE]);
    process.stdout.write(text(decodeHex(values.hex)));
    return 0;
  }
  const file = readPrograms(oneFile(positionals, USAGE), {});
  if (!file) return 1;
  const programs = values.program === undefined ? file.programs : [chooseProgram(file.programs, values.program)];
  const named = file.format === 'object' || file.format === 'image';
  const parts = programs.map(({ name, kind, instructions }) => {
    return named ? `; ${name} (${kind})\n${text(instructions)}` : text(instructions);
  });
  process.stdout.write(parts.join('\n'));
  return 0;
}

function decodeHex(digits: string): Instruction[] {
  const bytes = fromHex(digits);
  if (!bytes) throw new UsageError('--hex is not hexadecimal.');
  if (bytes.length === 0 || bytes.length % 8 !== 0) {
    throw new UsageError(`--hex has ${bytes.length} bytes; instructions have eight each.`);
  }
  return decode(bytes);
}
