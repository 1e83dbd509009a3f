// Assembly text to instructions. It reads what disassemble() prints, the kernel's log, `bpftool prog dump xlated`,
// `llvm-objdump -d`, and the mnemonic notation of ubpf and the conformance tests; a text may mix them. What those tools print
// around the instructions is skipped. All errors of a text are reported; the result is of use only when there are none.

import { fromHex } from '../base/bytes.ts';
import type { Diagnostics } from '../base/diagnostic.ts';
import { joinSpans, type Source, type Span } from '../base/source.ts';
import { nearest } from '../base/text.ts';
import { parseMnemonic } from './assemble-mnemonic.ts';
import { parseNotation, startsNotation } from './assemble-notation.ts';
import { decode } from './decode.ts';
import type { Instruction } from './instruction.ts';
import { lex, type Token } from './lex.ts';
import { Cursor, didYouMean, Fault, type Statement } from './operands.ts';

export interface AssembleOptions {
  /** The file descriptors of maps that the text names as `map[NAME]`. */
  readonly maps?: ReadonlyMap<string, number>;
}

/** What a text assembles to. */
export interface Assembly {
  readonly instructions: readonly Instruction[];
  /** Where each slot was written; both slots of a wide load have the same. */
  readonly spans: readonly Span[];
  /** The slot that each label stands before. */
  readonly labels: ReadonlyMap<string, number>;
}

/** Assembles a text; errors go to `diagnostics`. */
export function assemble(source: Source, diagnostics: Diagnostics, options: AssembleOptions = {}): Assembly {
  return new Assembler(source, diagnostics, options).run();
}

interface Fixup {
  readonly slot: number;
  readonly label: string;
  readonly span: Span;
  readonly field: 'off' | 'imm';
}

/** A line whose prefixes were taken off. */
interface Line {
  readonly start: number;
  readonly end: number;
  readonly index?: number;
  readonly opcode?: number;
  /** The bytes of an instruction that llvm-objdump could not read. */
  readonly raw?: { readonly bytes: string; readonly span: Span };
  readonly label?: Span;
}

class Assembler {
  readonly #source: Source;
  readonly #diagnostics: Diagnostics;
  readonly #maps: ReadonlyMap<string, number>;
  readonly #instructions: Instruction[] = [];
  readonly #spans: Span[] = [];
  readonly #labels = new Map<string, number>();
  readonly #labelNames: ReadonlySet<string>;
  readonly #fixups: Fixup[] = [];
  readonly #lines: readonly Line[];
  // What the first index of a listing was more than its slot; a part of a listing need not start at 0.
  #indexBase: number | undefined;

  constructor(source: Source, diagnostics: Diagnostics, options: AssembleOptions) {
    this.#source = source;
    this.#diagnostics = diagnostics;
    this.#maps = options.maps ?? new Map();
    this.#lines = splitLines(source);
    this.#labelNames = new Set(this.#lines.flatMap((line) => (line.label ? [textOf(line.label)] : [])));
  }

  run(): Assembly {
    for (const line of this.#lines) this.#line(line);
    for (const fixup of this.#fixups) this.#resolve(fixup);
    return { instructions: this.#instructions, spans: this.#spans, labels: this.#labels };
  }

  #line(line: Line): void {
    if (line.label) this.#define(line.label);
    if (line.raw) this.#emit(line, line.raw.span, { slots: decodeHex(line.raw.bytes) });
    else this.#instruction(line);
  }

  #instruction(line: Line): void {
    const { tokens, bad } = lex(this.#source, line.start, line.end);
    if (bad) {
      this.#diagnostics.error('asm-syntax', `unexpected character '${textOf(bad)}'`, bad);
      return;
    }
    if (tokens.length === 1) return;
    try {
      const statement = this.#parse(line, tokens);
      if (statement) this.#emit(line, spanOf(tokens), statement);
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      const diagnostic = this.#diagnostics.error(fault.code, fault.message, fault.span);
      if (fault.hint !== undefined) diagnostic.hint(fault.hint);
    }
  }

  #parse(line: Line, tokens: readonly Token[]): Statement | undefined {
    const first = tokens[0]!.text.toLowerCase();
    if (first === '.raw') return { slots: parseRaw(this.#source, tokens) };
    if (ignoredDirectives.has(first)) return undefined;
    const cursor = new Cursor(tokens);
    const names = { maps: this.#maps, labels: this.#labelNames, opcode: line.opcode };
    const statement = startsNotation(cursor) ? parseNotation(cursor, names) : parseMnemonic(cursor, this.#maps);
    cursor.expectEnd();
    const code = statement.slots[0]!.code;
    if (line.opcode !== undefined && line.opcode !== code) {
      const message = `this instruction is (${hex2(code)}), not (${hex2(line.opcode)})`;
      throw new Fault('asm-opcode', message, spanOf(tokens));
    }
    return statement;
  }

  #emit(line: Line, span: Span, statement: Statement): void {
    if (line.index !== undefined && this.#isRepeated(line.index, statement, span)) return;
    if (statement.target) this.#fixups.push({ slot: this.#instructions.length, ...statement.target });
    for (const slot of statement.slots) {
      this.#instructions.push(slot);
      this.#spans.push(span);
    }
  }

  // The verifier's log prints an instruction each time it visits it.
  #isRepeated(index: number, statement: Statement, span: Span): boolean {
    this.#indexBase ??= index - this.#instructions.length;
    const slot = index - this.#indexBase;
    if (slot === this.#instructions.length) return false;
    const there = this.#instructions[slot];
    const first = statement.slots[0]!;
    if (there && sameSlot(there, first)) return true;
    this.#diagnostics
      .warning('asm-index', `index ${index} stands at slot ${this.#instructions.length}`, span)
      .hint('distances such as pc+3 count slots, so instructions are missing or too many here');
    this.#indexBase = index - this.#instructions.length;
    return false;
  }

  #define(span: Span): void {
    const name = textOf(span);
    const before = this.#labels.get(name);
    if (before !== undefined) {
      this.#diagnostics.error('asm-label', `label '${name}' is defined twice`, span);
      return;
    }
    this.#labels.set(name, this.#instructions.length);
  }

  #resolve({ slot, label, span, field }: Fixup): void {
    const target = this.#labels.get(label);
    if (target === undefined) {
      const diagnostic = this.#diagnostics.error('asm-label', `unknown label '${label}'`, span);
      const hint = didYouMean(nearest(label, this.#labels.keys()));
      if (hint !== undefined) diagnostic.hint(hint);
      return;
    }
    const distance = target - slot - 1;
    if (field === 'off' && (distance < -0x8000 || distance > 0x7fff)) {
      this.#diagnostics
        .error('asm-range', `label '${label}' is ${distance} slots away, more than 16 bits hold`, span)
        .hint('gotol reaches farther');
      return;
    }
    this.#instructions[slot] = { ...this.#instructions[slot]!, [field]: distance };
  }
}

function textOf(span: Span): string {
  return span.source.text.slice(span.start, span.end);
}

// From the first token to the last before the end.
function spanOf(tokens: readonly Token[]): Span {
  return joinSpans(tokens[0]!.span, tokens.at(-2)!.span);
}

function hex2(code: number): string {
  return code.toString(16).padStart(2, '0');
}

function sameSlot(a: Instruction, b: Instruction): boolean {
  return a.code === b.code && a.dst === b.dst && a.src === b.src && a.off === b.off && a.imm === b.imm;
}

// Directives of compilers' output that say nothing about instructions. Those that make data are errors.
const ignoredDirectives: ReadonlySet<string> = new Set([
  '.text',
  '.section',
  '.globl',
  '.global',
  '.type',
  '.size',
  '.p2align',
  '.align',
  '.file',
  '.ident',
  '.loc',
  '.addrsig',
  '.cfi_startproc',
  '.cfi_endproc',
]);

// Lines of the verifier's log, bpftool and llvm-objdump that are not instructions.
const noise: readonly RegExp[] = [
  // `0: R1=ctx() R10=fp0`, `from 3 to 7: R0=...`, `func#0 @0`, `last_idx 24 first_idx 0`
  /^\s*\d+: (?:frame\d+:? )?R\d+(?:_\w+)?=/,
  /^\s*(?:from \d+ to \d+|func#\d+ @\d+|last_idx |mark_precise:|regs=|parent |propagating |caller:|callee:|returning from callee|to caller at)/,
  /^\s*(?:processed \d+ insns|verification time|stack depth|Live regs before insn:|libbpf: |\(\d+\) (?:frame|live)|-- (?:BEGIN|END) PROG)/,
  // `       bf 16 00 00 00 00 00 00`: bpftool's `opcodes`.
  /^\s*(?:[\da-f]{2} ){7,15}[\da-f]{2}\s*$/,
  // `int prog(struct __sk_buff * skb):`, `Disassembly of section socket:`, `x.o:	file format elf64-bpf`
  /^\s*[\w*][\w *]*\(.*\):\s*$/,
  /^Disassembly of section |:\s+file format /,
];

// The lines of the text that may hold something, without indices, opcodes, bytes and labels before the instruction.
function splitLines(source: Source): Line[] {
  const lines: Line[] = [];
  for (const match of source.text.matchAll(/[^\n]+/g)) {
    if (!noise.some((pattern) => pattern.test(match[0]))) lines.push(splitLine(source, match[0], match.index));
  }
  return lines;
}

function splitLine(source: Source, text: string, offset: number): Line {
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at += found[0].length;
    return found;
  };
  const header = take(/\s*[\da-f]{8,16} <([^>]+)>:/y) ?? take(/\s*([A-Za-z_.$][\w.$]*):(?!:)/y);
  const labelEnd = header ? offset + at - (header[0].endsWith('>:') ? 2 : 1) : 0;
  const index = take(/\s*(\d+):(?=\s|$)/y);
  // `0: .1.......9 (bf) r6 = r1`: the verifier's log starts with the whole program and which registers are live.
  if (index) take(/\s*[.\d]{10,}(?=\s\()/y);
  const bytes = take(/\s*((?:[\da-f]{2} ){7,15}[\da-f]{2})(?=\s)/y);
  const opcode = take(/\s*\(([\da-f]{2})\)(?=\s)/iy);
  const unknown = /^\s*<unknown>\s*$/.test(text.slice(at));
  // `goto +3 <LBB0_2>`: llvm-objdump names the target, which the distance already says.
  const end = /\s<[\w.$@+-]+>\s*$/.exec(text)?.index ?? text.length;
  return {
    start: offset + at,
    end: offset + Math.max(at, end),
    ...(header && { label: { source, start: labelEnd - header[1]!.length, end: labelEnd } }),
    ...(index && { index: Number(index[1]) }),
    ...(opcode && { opcode: Number.parseInt(opcode[1]!, 16) }),
    ...(bytes &&
      unknown && { raw: { bytes: bytes[1]!, span: { source, start: offset + at, end: offset + text.length } } }),
  };
}

// `.raw 07 10 00 00 05 00 00 00`, or the same bytes as one little-endian number, `.raw 0x500001007`.
function parseRaw(source: Source, tokens: readonly Token[]): Instruction[] {
  const start = tokens[0]!.span.end;
  const span = spanOf(tokens);
  const text = source.text.slice(start, span.end).trim().toLowerCase();
  const whole = /^0x([\da-f]{1,16})$/.exec(text);
  if (whole) {
    const bytes = whole[1]!.padStart(16, '0').match(/../g)!.reverse();
    return decodeHex(bytes.join(''));
  }
  if (/^(?:[\da-f]{2}\s*){8}$/.test(text)) return decodeHex(text);
  throw new Fault('asm-raw', 'expected the eight bytes of a slot after .raw', span);
}

function decodeHex(text: string): Instruction[] {
  return decode(fromHex(text)!);
}
