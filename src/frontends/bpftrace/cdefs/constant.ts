// Integer constant expressions of C: array lengths, values of enumerators, widths of bit fields, macros, #if.

import type { TokenReader } from './tokens.ts';

/** What names mean in an expression. */
export interface ConstantScope {
  /** The value of an enumerator or macro, or undefined. */
  value(name: string): bigint | undefined;
  /** `sizeof(...)` of what stands in the parentheses; the reader is behind the opening one and is left before the closing. */
  sizeOf?(reader: TokenReader): bigint;
  /** Whether a word begins a type, so that parentheses around it are a cast. */
  isType?(reader: TokenReader): boolean;
  /** Passes the type of a cast. */
  skipType?(reader: TokenReader): void;
}

const LEVELS: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

/** Reads an expression and gives its value as a signed number of any size that was computed with 64 bits. */
export function constantExpression(reader: TokenReader, scope: ConstantScope): bigint {
  const condition = binary(reader, scope, 0);
  if (!reader.accept('?')) return condition;
  const then = constantExpression(reader, scope);
  reader.expect(':', 'of the conditional');
  const otherwise = constantExpression(reader, scope);
  return condition === 0n ? otherwise : then;
}

function binary(reader: TokenReader, scope: ConstantScope, level: number): bigint {
  const operators = LEVELS[level];
  if (!operators) return unary(reader, scope);
  let left = binary(reader, scope, level + 1);
  for (;;) {
    const token = reader.peek();
    if (token.kind !== 'operator' || !operators.includes(token.text)) return left;
    reader.take();
    const right = binary(reader, scope, level + 1);
    if ((token.text === '/' || token.text === '%') && right === 0n) reader.fail('division by zero', token.span);
    left = BigInt.asIntN(65, compute(token.text, left, right));
  }
}

function compute(operator: string, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '||':
      return truth(a !== 0n || b !== 0n);
    case '&&':
      return truth(a !== 0n && b !== 0n);
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '&':
      return a & b;
    case '==':
      return truth(a === b);
    case '!=':
      return truth(a !== b);
    case '<':
      return truth(a < b);
    case '>':
      return truth(a > b);
    case '<=':
      return truth(a <= b);
    case '>=':
      return truth(a >= b);
    case '<<':
      return BigInt.asUintN(64, a << (b & 63n));
    case '>>':
      return a >> (b & 63n);
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    default:
      return a % b;
  }
}

function truth(value: boolean): bigint {
  return value ? 1n : 0n;
}

function unary(reader: TokenReader, scope: ConstantScope): bigint {
  if (reader.accept('-')) return -unary(reader, scope);
  if (reader.accept('+')) return unary(reader, scope);
  if (reader.accept('~')) return ~unary(reader, scope);
  if (reader.accept('!')) return truth(unary(reader, scope) === 0n);
  return primary(reader, scope);
}

function primary(reader: TokenReader, scope: ConstantScope): bigint {
  const token = reader.take();
  if (token.kind === 'number')
    return numberValue(token.text) ?? reader.fail(`'${token.text}' is no integer`, token.span);
  if (token.kind === 'character') return characterValue(token.text);
  if (token.text === '(') return parenthesised(reader, scope);
  if (token.text === 'sizeof' && scope.sizeOf) {
    reader.expect('(', 'after sizeof');
    const size = scope.sizeOf(reader);
    reader.expect(')', 'of sizeof');
    return size;
  }
  if (token.kind !== 'word') return reader.fail(`expected a constant, found '${token.text}'`, token.span);
  return scope.value(token.text) ?? reader.fail(`'${token.text}' is not a constant`, token.span);
}

function parenthesised(reader: TokenReader, scope: ConstantScope): bigint {
  if (scope.isType?.(reader) && scope.skipType) {
    scope.skipType(reader);
    reader.expect(')', 'of the cast');
    return unary(reader, scope);
  }
  const value = constantExpression(reader, scope);
  reader.expect(')', 'of the group');
  return value;
}

/** The value of an integer literal of C with any suffix. */
export function numberValue(text: string): bigint | undefined {
  const match = /^(0[xX][0-9a-fA-F]+|0[bB][01]+|0[0-7]*|[1-9][0-9]*)(?:[uU]?[lL]{0,2}|[lL]{1,2}[uU])$/.exec(text);
  return match ? BigInt(match[1]!.replace(/^0(?=[0-7])/, '0o')) : undefined;
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, '0': 0, a: 7, b: 8, f: 12, v: 11 };

function characterValue(text: string): bigint {
  const body = text.slice(1, -1);
  if (!body.startsWith('\\')) return BigInt(body.codePointAt(0)!);
  const hex = /^\\x([0-9a-fA-F]+)$/.exec(body);
  if (hex) return BigInt.asIntN(8, BigInt(`0x${hex[1]}`));
  const octal = /^\\([0-7]{1,3})$/.exec(body);
  if (octal) return BigInt.asIntN(8, BigInt(`0o${octal[1]}`));
  return BigInt(ESCAPES[body[1]!] ?? body.charCodeAt(1));
}
