// `-d asm`: the instructions of an Image as text, with the source that they were made for and what is open in them. Made
// from the Image alone, so that a file can be shown like a script.

import { lineText, positionAt } from '../base/source.ts';
import type { Image, LineEntry, Program, Relocation } from '../image/index.ts';
import { type DisassembledLine, disassembleLines } from '../isa/disassemble.ts';
import { decode, type Instruction, PseudoCall } from '../isa/index.ts';
import { mapTitle, relocationTitle } from './dump-ir.ts';

/** All programs of an Image. */
export function dumpAsm(image: Image): string {
  return image.programs.map((program) => dumpProgram(image, program)).join('\n');
}

const NOTE_COLUMN = 48;

function dumpProgram(image: Image, program: Program): string {
  const code = decode(program.code);
  const open = new Map(program.relocations.map((relocation) => [relocation.slot, relocation]));
  const functions = new Map(program.functions.map((one) => [one.slot, one.name]));
  const lines = new Map(program.lines.map((entry) => [entry.slot, entry]));
  let text = `program ${program.name}: ${program.kind}, ${code.length} instructions\n`;
  let source = '';
  for (const line of disassembleLines(code, { labels: true })) {
    const name = functions.get(line.index);
    if (name !== undefined) text += `${line.index === 0 ? '' : '\n'}${name}:\n`;
    else if (line.label !== undefined) text += `${line.label}:\n`;
    const entry = lines.get(line.index);
    const title = entry ? sourceTitle(image, entry) : source;
    if (title !== source) text += `  ; ${title}\n`;
    source = title;
    text += `${instructionText(image, code, line, open.get(line.index), functions)}\n`;
  }
  return text;
}

/** The place and what stands there, up to the end of its line. */
function sourceTitle(image: Image, { location }: LineEntry): string {
  const source = image.sources[location.source];
  if (!source) return '';
  const { line, column } = positionAt(source, location.start);
  const rest = lineText(source, line).slice(column - 1);
  const length = location.end - location.start;
  return `${source.name}:${line}:${column}  ${rest.slice(0, length).trim()}`;
}

function instructionText(
  image: Image,
  code: readonly Instruction[],
  line: DisassembledLine,
  open: Relocation | undefined,
  functions: ReadonlyMap<number, string>,
): string {
  const first = code[line.index]!;
  const opcode = (first.code & 0xff).toString(16).padStart(2, '0');
  const start = `${String(line.index).padStart(5)}: (${opcode}) `;
  const body = operandText(image, first, line, open, functions);
  const note = open && noteOf(open);
  return note === undefined ? start + body : `${(start + body).padEnd(NOTE_COLUMN)}  ; ${note}`;
}

function operandText(
  image: Image,
  first: Instruction,
  line: DisassembledLine,
  open: Relocation | undefined,
  functions: ReadonlyMap<number, string>,
): string {
  switch (open?.kind) {
    case 'map':
      return `r${first.dst} = map ${mapName(image, open.map)}`;
    case 'map-value':
      return `r${first.dst} = &${mapName(image, open.map)}[0]${open.offset === 0 ? '' : ` + ${open.offset}`}`;
    case 'kernel-symbol':
    case 'kernel-variable':
      return `r${first.dst} = &${open.symbol}`;
    case 'parameter':
      return `r${first.dst} = $${open.parameter}`;
    case 'kfunc':
      return `call ${open.symbol}`;
    default:
      break;
  }
  const callee = functions.get(line.index + 1 + first.imm);
  const isSub =
    line.slots === 2 ? line.text.includes('subprog') : first.code === 0x85 && first.src === PseudoCall.SUBPROGRAM;
  if (!isSub || callee === undefined) return line.text;
  return line.slots === 2 ? `r${first.dst} = &${callee}` : `call ${callee}`;
}

function mapName(image: Image, map: number): string {
  const definition = image.maps[map];
  return definition ? mapTitle(definition) : `#${map}`;
}

/** What the engine will put into the instruction, where the text does not say it already. */
function noteOf(open: Relocation): string | undefined {
  return open.kind === 'field' || open.kind === 'tracepoint-field' ? relocationTitle(open) : undefined;
}
