// What a filter expression says, before anything is known about the packets that it will see.

import type { Span } from '../../../base/source.ts';
import type {
  AtmMessage,
  AtmType,
  Direction,
  Encapsulation,
  Kind,
  PfField,
  ProtocolWord,
  Ss7Unit,
  ValueField,
} from './words.ts';

/** The three qualifiers before an identifier; an omitted one is `default`. */
export interface Qualifiers {
  readonly protocol: ProtocolWord | 'default';
  readonly direction: Direction;
  readonly kind: Kind;
}

/** What stands after the qualifiers. `text` is as it was written. */
export type Identifier = { readonly text: string; readonly span: Span } & (
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name' }
  /** One to four numbers with dots, perhaps `/bits` or `mask M`. */
  | {
      readonly kind: 'ip4';
      readonly address: string;
      readonly prefix?: number;
      readonly mask?: string;
    }
  | { readonly kind: 'ip6'; readonly address: string; readonly prefix?: number }
  | { readonly kind: 'mac'; readonly bytes: Uint8Array }
  | { readonly kind: 'arcnet'; readonly value: number }
);

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>';

export type Arithmetic = { readonly span: Span } & (
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'length' }
  | { readonly kind: 'negate'; readonly operand: Arithmetic }
  | {
      readonly kind: 'binary';
      readonly operator: ArithmeticOperator;
      readonly left: Arithmetic;
      readonly right: Arithmetic;
    }
  /** `protocol[index:size]` */
  | { readonly kind: 'load'; readonly protocol: ProtocolWord; readonly index: Arithmetic; readonly size: number }
);

/** A number or a list of them joined by `or`; `and` has no meaning there. */
export interface FieldTest {
  readonly comparison: Comparison;
  readonly value: number;
}

export type Expression = { readonly span: Span } & (
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly operand: Expression }
  | { readonly kind: 'primitive'; readonly qualifiers: Qualifiers; readonly identifier: Identifier }
  | { readonly kind: 'protocol'; readonly protocol: ProtocolWord }
  | {
      readonly kind: 'relation';
      readonly comparison: Comparison;
      readonly left: Arithmetic;
      readonly right: Arithmetic;
    }
  | { readonly kind: 'less' | 'greater'; readonly length: number }
  | {
      readonly kind: 'byte';
      readonly index: number;
      readonly operator: '=' | '<' | '>' | '&' | '|';
      readonly value: number;
    }
  | { readonly kind: 'broadcast' | 'multicast'; readonly protocol: ProtocolWord | 'default' }
  | { readonly kind: 'inbound' | 'outbound' | 'pppoed' }
  | { readonly kind: 'ifindex'; readonly index: number }
  | { readonly kind: 'encapsulation'; readonly header: Encapsulation; readonly tag?: number }
  | { readonly kind: 'llc'; readonly name?: string }
  /** 802.11: frame type and subtype, by name or number. */
  | { readonly kind: 'wlan-type'; readonly type?: string | number; readonly subtype?: string | number }
  | { readonly kind: 'wlan-direction'; readonly direction: string | number }
  | { readonly kind: 'pf'; readonly field: PfField; readonly value: string | number }
  | { readonly kind: 'atm'; readonly what: AtmType | AtmMessage }
  | { readonly kind: 'ss7'; readonly unit: Ss7Unit }
  | { readonly kind: 'field'; readonly field: ValueField; readonly tests: readonly FieldTest[] }
);
