// Parses the primitives that have no identifier: sizes, encapsulations, frames of particular links.

import { isComparison } from './arithmetic.ts';
import type { Comparison, Expression, FieldTest } from './ast.ts';
import type { Token } from './lexer.ts';
import type { TokenCursor } from './tokens.ts';
import {
  ATM_WORDS,
  ENCAPSULATIONS,
  type Encapsulation,
  PF_FIELDS,
  type PfField,
  type ProtocolWord,
  SS7_UNITS,
  VALUE_FIELDS,
  type ValueField,
} from './words.ts';

type Spanless = Expression extends infer E ? (E extends Expression ? Omit<E, 'span'> : never) : never;

/** Parses the primitive at the cursor, or gives undefined when its word begins none of these. */
export function parseOther(tokens: TokenCursor, protocol: ProtocolWord | 'default'): Expression | undefined {
  const start = tokens.peek();
  const parsed = start.kind === 'word' ? parse(tokens, start, protocol) : undefined;
  return parsed && ({ ...parsed, span: tokens.spanFrom(start) } as Expression);
}

function parse(tokens: TokenCursor, start: Token, protocol: ProtocolWord | 'default'): Spanless | undefined {
  const word = start.text;
  switch (word) {
    case 'broadcast':
    case 'multicast':
      tokens.next();
      return { kind: word, protocol };
    case 'less':
    case 'greater':
      tokens.next();
      return { kind: word, length: bareNumber(tokens) };
    case 'byte':
      return parseByte(tokens);
    case 'inbound':
    case 'outbound':
    case 'pppoed':
      tokens.next();
      return { kind: word };
    case 'ifindex':
      tokens.next();
      return { kind: 'ifindex', index: bareNumber(tokens) };
    case 'llc':
      tokens.next();
      // `rnr` is also a word of the PF log.
      return tokens.peek().kind === 'name' || tokens.at('rnr')
        ? { kind: 'llc', name: tokens.next().text }
        : { kind: 'llc' };
    case 'type':
    case 'subtype':
      return parseWlanType(tokens);
    case 'dir':
      tokens.next();
      return { kind: 'wlan-direction', direction: nameOrNumber(tokens, 'a direction such as tods') };
    default:
      return parseTabled(tokens, word);
  }
}

function parseTabled(tokens: TokenCursor, word: string): Spanless | undefined {
  if (ENCAPSULATIONS.has(word)) {
    tokens.next();
    const header = word as Encapsulation;
    const tagged = tokens.peek().kind === 'number' || (tokens.at('(') && tokens.peek(1).kind === 'number');
    return tagged ? { kind: 'encapsulation', header, tag: tokens.expectNumber() } : { kind: 'encapsulation', header };
  }
  const atm = ATM_WORDS.get(word);
  if (atm) {
    tokens.next();
    return { kind: 'atm', what: atm };
  }
  const unit = SS7_UNITS.get(word);
  if (unit) {
    tokens.next();
    return { kind: 'ss7', unit };
  }
  const pf = PF_FIELDS.get(word);
  if (pf) return parsePf(tokens, pf);
  const field = VALUE_FIELDS.get(word);
  return field ? parseField(tokens, field) : undefined;
}

function parseByte(tokens: TokenCursor): Spanless {
  tokens.next();
  const index = bareNumber(tokens);
  if (!tokens.at('=', '<', '>', '&', '|')) tokens.refuse("one of '=', '<', '>', '&' and '|'");
  const operator = tokens.next().text as '=' | '<' | '>' | '&' | '|';
  return { kind: 'byte', index, operator, value: bareNumber(tokens) };
}

function parseWlanType(tokens: TokenCursor): Spanless {
  if (tokens.accept('subtype')) {
    return { kind: 'wlan-type', subtype: nameOrNumber(tokens, 'a subtype of frame such as beacon') };
  }
  tokens.next();
  const type = nameOrNumber(tokens, 'a type of frame: mgt, ctl or data');
  if (!tokens.accept('subtype')) return { kind: 'wlan-type', type };
  return { kind: 'wlan-type', type, subtype: nameOrNumber(tokens, 'a subtype of frame such as beacon') };
}

function parsePf(tokens: TokenCursor, field: PfField): Spanless {
  tokens.next();
  if (field === 'rulenum' || field === 'subrulenum') return { kind: 'pf', field, value: bareNumber(tokens) };
  const token = tokens.peek();
  if (field === 'reason' && token.kind === 'number') return { kind: 'pf', field, value: tokens.next().value };
  if (token.kind !== 'name') tokens.refuse('a name');
  return { kind: 'pf', field, value: tokens.next().text };
}

function parseField(tokens: TokenCursor, field: ValueField): Spanless {
  tokens.next();
  const listed = tokens.at('(') && !(tokens.peek(1).kind === 'number' && tokens.peek(2).text === ')');
  if (!listed) return { kind: 'field', field, tests: [fieldTest(tokens)] };
  tokens.expect('(');
  const tests = [fieldTest(tokens)];
  while (tokens.accept('or')) tests.push(fieldTest(tokens));
  tokens.expect(')');
  return { kind: 'field', field, tests };
}

function fieldTest(tokens: TokenCursor): FieldTest {
  if (!isComparison(tokens.peek())) return { comparison: '=', value: tokens.expectNumber() };
  const comparison = tokens.next().text as Comparison;
  return { comparison, value: bareNumber(tokens) };
}

function nameOrNumber(tokens: TokenCursor, wanted: string): string | number {
  const token = tokens.peek();
  if (token.kind === 'number' || tokens.at('(')) return tokens.expectNumber();
  return token.kind === 'name' ? tokens.next().text : tokens.refuse(wanted);
}

function bareNumber(tokens: TokenCursor): number {
  return tokens.peek().kind === 'number' ? tokens.next().value : tokens.refuse('a number');
}
