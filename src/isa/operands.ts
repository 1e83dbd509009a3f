// The operands of assembly text, read from tokens. Both notations share them; a fault is thrown and becomes a diagnostic of
// its line.

import { joinSpans, type Span } from '../base/source.ts';
import type { Instruction } from './instruction.ts';
import type { Token } from './lex.ts';

/** What is wrong with a statement. */
export class Fault extends Error {
  readonly code: string;
  readonly span: Span;
  readonly hint: string | undefined;

  constructor(code: string, message: string, span: Span, hint?: string) {
    super(message);
    this.code = code;
    this.span = span;
    this.hint = hint;
  }
}

/** A register operand: `r` or `w` and its number. */
export interface RegisterOperand {
  readonly number: number;
  /** Whether it was written as `w`, the lower half. */
  readonly half: boolean;
  readonly span: Span;
}

/** Where a jump or call leads: a distance, or a label whose distance is known later. */
export type Target = { readonly distance: number } | { readonly label: string; readonly span: Span };

/** What names in the text stand for. */
export interface Names {
  /** The file descriptors of maps, for `map[NAME]`. */
  readonly maps: ReadonlyMap<string, number>;
  /** The labels of the text, which come before helpers in `call NAME`. */
  readonly labels: ReadonlySet<string>;
  /** The opcode that stood in brackets before the statement. */
  readonly opcode: number | undefined;
}

/** One statement as slots; `target` is a label to be put into a field of the first. */
export interface Statement {
  readonly slots: readonly Instruction[];
  readonly target?: { readonly label: string; readonly span: Span; readonly field: 'off' | 'imm' };
}

/** A statement of one slot. */
export function one(code: number, dst: number, src: number, off: number, imm: number): Statement {
  return { slots: [{ code, dst, src, off, imm }] };
}

/** A statement of one slot with a target in `off` or `imm`. */
export function withTarget(instruction: Instruction, target: Target, field: 'off' | 'imm'): Statement {
  if ('label' in target) return { slots: [instruction], target: { ...target, field } };
  return { slots: [{ ...instruction, [field]: target.distance }] };
}

/** The tokens of a statement and a place in them. */
export class Cursor {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** The token `ahead` places on, or the end. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)]!;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  /** Whether the next token is this word or sign, in any case. */
  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return (token.kind === 'word' || token.kind === 'sign') && token.text.toLowerCase() === text;
  }

  accept(text: string): boolean {
    const found = this.is(text);
    if (found) this.#at++;
    return found;
  }

  expect(text: string): Token {
    if (!this.is(text)) throw this.unexpected(`'${text}'`);
    return this.next();
  }

  expectEnd(): void {
    if (this.peek().kind !== 'end') throw this.unexpected('the end of the line');
  }

  /** A fault that says what should stand here. */
  unexpected(wanted: string): Fault {
    const token = this.peek();
    const found = token.kind === 'end' ? 'the line ends' : `found '${token.text}'`;
    return new Fault('asm-syntax', `expected ${wanted}, ${found}`, token.span);
  }

  register(): RegisterOperand {
    const token = this.peek();
    if (token.kind !== 'register') throw this.unexpected('a register');
    if (token.value > 15n) {
      throw new Fault('asm-register', `there is no register ${token.text}`, token.span, 'registers are r0 to r10');
    }
    this.next();
    return { number: Number(token.value), half: token.text.startsWith('w'), span: token.span };
  }

  /** A register that must be written as `r`. */
  fullRegister(): number {
    const operand = this.register();
    if (operand.half) {
      throw new Fault('asm-register', `w${operand.number} is half a register`, operand.span, 'write r in place of w');
    }
    return operand.number;
  }

  /** A number with an optional sign, any size, and the tokens it spans. */
  number(wanted = 'a number'): { value: bigint; span: Span; hexadecimal: boolean } {
    const first = this.peek();
    const negative = this.is('-');
    if (negative || this.is('+')) this.next();
    const token = this.peek();
    if (token.kind !== 'number') throw this.unexpected(wanted);
    this.next();
    const span = joinSpans(first.span, token.span);
    return { value: negative ? -token.value : token.value, span, hexadecimal: /^0x/i.test(token.text) };
  }

  /** A 32-bit immediate: -2^31 to 2^32 - 1. */
  immediate(): number {
    const { value, span } = this.number();
    return fit32(value, span);
  }

  /** A 16-bit offset. */
  offset(): number {
    const { value, span } = this.number('an offset');
    if (value < -0x8000n || value > 0x7fffn) {
      throw new Fault('asm-range', `offset ${value} does not fit into 16 bits`, span, 'offsets are -32768 to 32767');
    }
    return Number(value);
  }

  /** `+3`, `pc-2` or a label. */
  target(): Target {
    const token = this.peek();
    if (token.kind === 'word' && token.text.toLowerCase() !== 'pc') {
      this.next();
      return { label: token.text, span: token.span };
    }
    if (this.accept('pc') && !this.is('+') && !this.is('-')) throw this.unexpected("'+' or '-'");
    const { value, span } = this.number('a label or a distance such as +3');
    return { distance: fit32(value, span) };
  }

  /** A target that must lie within 16 bits. */
  shortTarget(): Target {
    const { span } = this.peek();
    const target = this.target();
    if ('distance' in target && (target.distance < -0x8000 || target.distance > 0x7fff)) {
      throw new Fault('asm-range', `distance ${target.distance} does not fit into 16 bits`, span, 'use gotol');
    }
    return target;
  }
}

/** A value as the signed 32 bits that an immediate holds. */
export function fit32(value: bigint, span: Span): number {
  if (value < -0x80000000n || value > 0xffffffffn) {
    throw new Fault('asm-range', `${value} does not fit into 32 bits`, span, 'lddw, or `r1 = 5 ll`, loads 64 bits');
  }
  return Number(BigInt.asIntN(32, value));
}

/** A hint that names what was probably meant. */
export function didYouMean(word: string | undefined): string | undefined {
  return word === undefined ? undefined : `did you mean '${word}'?`;
}
