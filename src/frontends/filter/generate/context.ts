// What code generation knows while it walks over an expression: where the headers are now (words like `vlan` move them), which
// words of scratch memory are taken, and how to load a byte of each header.

import { assert } from '../../../base/error.ts';
import type { Span } from '../../../base/source.ts';
import { CLASSIC_MEMORY_WORDS, CLASSIC_TAX, ClassicMode, ClassicSize } from '../../../isa/index.ts';
import type { Resolver } from '../names/resolver.ts';
import { fail } from '../syntax/failure.ts';
import { alu, JEQ, LD, LD_MEM, LDX_MEM, LDX_MSH, type Predicate, type Statement, statement, test, X } from './block.ts';
import { ETHERNET, type LinkType } from './link-types.ts';

/** A place in the packet: a constant, plus what a word of scratch memory holds when it is variable. */
export interface Place {
  readonly constant: number;
  readonly variable: Variable | undefined;
}

/** The variable part of a place: the word gets its number when it is first used. */
export interface Variable {
  word: number | undefined;
}

/** The header that an offset counts from. */
export type Header =
  | 'packet'
  | 'link'
  /** The link's header outside the present encapsulation. */
  | 'outer-link'
  /** The field with the protocol. */
  | 'protocol'
  /** The link's payload: an 802.2 header or the network header. */
  | 'payload'
  | 'network'
  /** The network header after 802.2 without SNAP. */
  | 'network-no-snap'
  /** The label before the present network header. */
  | 'mpls'
  | 'transport4'
  | 'transport6';

export interface Situation {
  readonly link: LinkType;
  readonly header: Place;
  readonly protocol: Place | undefined;
  readonly payload: Place | undefined;
  readonly network: number;
  readonly networkNoSnap: number;
}

const IP6_HEADER = 40;
const fixed = (constant: number): Place => ({ constant, variable: undefined });

export class Context {
  readonly resolver: Resolver;
  readonly netmask: number | undefined;
  /** Packets come from the kernel, which takes VLAN tags out of them and knows them beside the bytes. */
  readonly live: boolean;
  /** Packets come from a file, which has nothing but their bytes. */
  readonly savefile: boolean;
  readonly outermost: LinkType;
  link: LinkType;
  header: Place;
  outerHeader: Place;
  protocol: Place | undefined;
  payload: Place | undefined;
  network: number;
  networkNoSnap: number;
  vlans = 0;
  labels = 0;
  geneve = false;
  /** Some code jumps between statements, which the optimiser cannot follow. */
  optimisable = true;
  /** The span of the primitive at work, for errors. */
  span: Span | undefined;
  /** The payload before any encapsulation was entered. */
  readonly initialPayload: Place;
  /** Bytes before an 802.11 header, set when they vary. */
  readonly prefix: Variable | undefined;
  #next = 0;
  readonly #taken = new Array<boolean>(CLASSIC_MEMORY_WORDS).fill(false);

  constructor(
    link: LinkType,
    resolver: Resolver,
    options: { netmask: number | undefined; live: boolean; savefile: boolean },
  ) {
    this.resolver = resolver;
    this.netmask = options.netmask;
    this.live = options.live;
    this.savefile = options.savefile;
    this.outermost = link;
    this.link = link;
    this.prefix = variablePrefix(link) ? { word: undefined } : undefined;
    this.header = { constant: link.header ?? 0, variable: this.prefix };
    this.outerHeader = this.header;
    const variable = { word: undefined };
    const varies = link.family === 'wlan' || link.family === 'pflog';
    this.protocol = link.protocol === undefined ? undefined : fixed(link.protocol);
    this.payload = varies ? { constant: 0, variable } : link.payload === undefined ? undefined : fixed(link.payload);
    this.initialPayload = this.payload ?? fixed(0);
    this.network = link.network ?? 0;
    this.networkNoSnap = link.networkNoSnap ?? this.network;
  }

  fail(code: string, message: string, ...hints: readonly string[]): never {
    return fail(code, message, this.span, ...hints);
  }

  /** A free word of scratch memory. */
  take(): number {
    for (let tries = 0; tries < CLASSIC_MEMORY_WORDS; tries++) {
      if (!this.#taken[this.#next]) {
        this.#taken[this.#next] = true;
        return this.#next;
      }
      this.#next = (this.#next + 1) % CLASSIC_MEMORY_WORDS;
    }
    return this.fail('too-complex', 'out of registers needed to evaluate expression');
  }

  give(word: number): void {
    this.#taken[word] = false;
  }

  /** The word of a variable place; taken now if nothing used it yet. */
  wordOf(variable: Variable): number {
    variable.word ??= this.take();
    return variable.word;
  }

  /** Puts the variable part of a place into X; nothing for a constant place. */
  loadVariable(place: Place): Statement[] {
    return place.variable ? [statement(LDX_MEM, this.wordOf(place.variable))] : [];
  }

  /** Loads 1, 2 or 4 bytes into A. */
  load(header: Header, offset: number, size: 1 | 2 | 4): Statement[] {
    const width = size === 4 ? ClassicSize.W : size === 2 ? ClassicSize.H : ClassicSize.B;
    if (header === 'transport4') {
      const at = this.needPayload().constant + this.network + offset;
      return [...this.loadHeaderLength(), statement(LD | width | ClassicMode.IND, at)];
    }
    const place = this.#place(header, offset);
    const before = this.loadVariable(place);
    const mode = before.length > 0 ? ClassicMode.IND : ClassicMode.ABS;
    return [...before, statement(LD | width | mode, place.constant)];
  }

  /** Puts the length of the IPv4 header into X, plus where it begins when that varies. */
  loadHeaderLength(): Statement[] {
    const payload = this.needPayload();
    const at = payload.constant + this.network;
    const before = this.loadVariable(payload);
    if (before.length === 0) return [statement(LDX_MSH, at)];
    return [
      ...before,
      statement(LD | ClassicSize.B | ClassicMode.IND, at),
      statement(alu('AND'), 0xf),
      statement(alu('LSH'), 2),
      statement(alu('ADD') | X),
      statement(CLASSIC_TAX),
    ];
  }

  /** Loads and compares, with a mask when it hides anything. */
  compare(header: Header, offset: number, size: 1 | 2 | 4, value: number, mask = 0xffffffff, code = JEQ): Predicate {
    const statements = this.load(header, offset, size);
    if (mask >>> 0 !== 0xffffffff) statements.push(statement(alu('AND'), mask));
    return test(statements, code, value);
  }

  needPayload(): Place {
    if (!this.payload) {
      this.fail('link-type', `${this.link.description} link-layer type filtering not implemented`);
    }
    return this.payload;
  }

  needProtocol(): Place {
    assert(this.protocol, 'a link without a protocol field was asked for it');
    return this.protocol;
  }

  /** Moves everything behind the link's header by some bytes. */
  shift(bytes: number): void {
    if (this.protocol) this.protocol = moved(this.protocol, bytes);
    if (this.payload) this.payload = moved(this.payload, bytes);
  }

  situation(): Situation {
    const { link, header, protocol, payload, network, networkNoSnap } = this;
    return { link, header, protocol, payload, network, networkNoSnap };
  }

  /** Whether the present link has Ethernet's addresses in front. */
  get onEthernet(): boolean {
    return this.link === ETHERNET || this.link.family === 'ethernet';
  }

  #place(header: Header, offset: number): Place {
    switch (header) {
      case 'packet':
        return fixed(offset);
      case 'link':
        return moved(this.header, offset);
      case 'outer-link':
        return moved(this.outerHeader, offset);
      case 'protocol':
        return moved(this.needProtocol(), offset);
      case 'payload':
        return moved(this.needPayload(), offset);
      case 'network':
        return moved(this.needPayload(), this.network + offset);
      case 'network-no-snap':
        return moved(this.needPayload(), this.networkNoSnap + offset);
      case 'mpls':
        return moved(this.needPayload(), this.network - 4 + offset);
      default:
        return moved(this.needPayload(), this.network + IP6_HEADER + offset);
    }
  }
}

export function moved(place: Place, bytes: number): Place {
  return { constant: place.constant + bytes, variable: place.variable };
}

/** `A = M[word]`, `X = M[word]`. */
export function loadA(word: number): Statement {
  return statement(LD_MEM, word);
}

export function loadX(word: number): Statement {
  return statement(LDX_MEM, word);
}

function variablePrefix(link: LinkType): boolean {
  return link.family === 'wlan' && link.name !== 'IEEE802_11';
}
