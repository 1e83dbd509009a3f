// `beetrace asm`: assembly text to bytes.

import { writeFileSync } from 'node:fs';
import { toHex } from '../base/bytes.ts';
import { Diagnostics } from '../base/diagnostic.ts';
import { TraceError } from '../base/error.ts';
import { assemble, encode } from '../isa/index.ts';
import { parseMapOption } from '../session/runtime/index.ts';
import { readBytes } from './input.ts';
import { printDiagnostics } from './runtime-input.ts';
import { DescriptorSink } from './sink.ts';
import { oneFile, parseWords } from './words.ts';

const USAGE = 'Usage: beetrace asm FILE [-o OUT] [--hex]';

const HELP = `${USAGE}

Turns assembly text into the bytes of a program, eight for each instruction, on standard output. It reads the notation of the
kernel's log and of bpftool (r1 = *(u32 *)(r6 +4)), llvm-objdump, and mnemonics (ldxw %r1, [%r6+4]). FILE - is standard input.

  -o, --output OUT     write to a file
  --hex                hexadecimal digits instead of bytes, also when standard output is a terminal
  --map NAME=KIND:KEY:VALUE:ENTRIES[:FLAGS]
                       lets the text say map[NAME]: the Nth map is number N
`;

const OPTIONS = {
  output: { type: 'string', short: 'o' },
  hex: { type: 'boolean' },
  map: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
} as const;

export async function run(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseWords(words, OPTIONS, USAGE);
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const file = oneFile(positionals, USAGE);
  const source = { name: file === '-' ? 'stdin' : file, text: new TextDecoder().decode(readBytes(file)) };
  const maps = new Map((values.map ?? []).map((text, index) => [parseMapOption(text, index).name, index]));
  const diagnostics = new Diagnostics();
  const { instructions } = assemble(source, diagnostics, { maps });
  printDiagnostics(diagnostics.list);
  if (diagnostics.hasErrors) return 1;
  if (instructions.length === 0) throw new TraceError('ERR_INPUT', `${source.name} has no instructions.`);
  const bytes = encode(instructions);
  const asHex = values.hex || (values.output === undefined && process.stdout.isTTY);
  write(values.output, asHex ? new TextEncoder().encode(`${toHex(bytes)}\n`) : bytes);
  return 0;
}

function write(path: string | undefined, bytes: Uint8Array): void {
  if (path === undefined) {
    new DescriptorSink(1).write(bytes);
    return;
  }
  try {
    writeFileSync(path, bytes);
  } catch (cause) {
    throw new TraceError('ERR_OUTPUT', `The file '${path}' cannot be written: ${(cause as Error).message}.`, { cause });
  }
}
