// uprobe and uretprobe: functions of programs and libraries, or instructions inside of them.

import { nearest, wildcard } from '../../../base/text.ts';
import { atLeast, type Binary, type BinarySymbol, type Environment } from '../../../compiler/environment.ts';
import { integerValue } from '../parse/literals.ts';
import { listedBinaries, targetBinaries } from './binaries.ts';
import { splitOffset } from './function-names.ts';
import {
  type ListPattern,
  type Match,
  type Part,
  type ProbeContext,
  type ProbeInput,
  type ProbeKind,
  type ProbeListing,
  type ProbeUses,
  probeKind,
} from './kind.ts';
import { hasWildcard, wrongParts } from './parts.ts';

type Place =
  | { readonly kind: 'function'; readonly name: Part; readonly offset: bigint | undefined }
  /** All functions with this name in the C++ source: overloads share one. */
  | { readonly kind: 'source-name'; readonly name: Part }
  /** A virtual address in the file. */
  | { readonly kind: 'address'; readonly address: bigint };

interface Target {
  readonly binary: Part;
  readonly place: Place;
}

/** One link for many functions. */
const MULTI_SINCE = '6.6';

function userProbe(options: {
  readonly name: 'uprobe' | 'uretprobe';
  readonly alias: string;
  readonly forms: readonly string[];
  readonly doc: string;
}): ProbeKind {
  const { name, alias, forms, doc } = options;
  const returns = name === 'uretprobe';
  const context: ProbeContext = { kind: 'registers', returns, space: 'user' };
  return probeKind<Target>({
    name,
    aliases: [alias],
    forms,
    doc,
    ...(returns ? { sameAs: 'uprobe' } : {}),
    program: { kind: 'kprobe' },
    space: 'user',
    wildcards: true,
    allows: [...(returns ? (['retval'] as const) : (['argN'] as const)), 'func', 'reg', 'usermode', 'ctx', 'uaddr'],
    returns: 0,
    pidFilter: 'native',
    parse: (input) => parse({ name, forms }, input),
    match(target, env, input, uses) {
      const matcher = new Matcher(name, env, input, uses, context);
      return targetBinaries(name, target.binary, env, input).flatMap((binary) => matcher.match(binary, target.place));
    },
    suggest({ binary, place }, env, input) {
      if (place.kind !== 'function') return undefined;
      const binaries = targetBinaries(name, binary, env, input);
      const names = binaries.flatMap((one) => Array.from(one.functions(), (symbol) => symbol.name));
      const meant = nearest(place.name.text, names);
      return meant && `${binary.text === '' ? '' : `${binary.text}:`}${meant}`;
    },
    *list(env, pattern: ListPattern): Generator<ProbeListing> {
      const [path = '', symbol = '*'] = pattern.parts;
      const fits = wildcard(symbol);
      for (const binary of listedBinaries(path, env)) {
        for (const one of binary.functions()) {
          if (fits(one.name)) yield { name: `${name}:${binary.path}:${one.name}`, args: () => [] };
        }
      }
    },
  });
}

// ---- reading

function parse(shape: { name: string; forms: readonly string[] }, input: ProbeInput): Target | undefined {
  const { parts, options } = input;
  if (parts.length === 3 && parts[1]!.text === 'cpp' && parts[2]!.text !== '') {
    return { binary: parts[0]!, place: { kind: 'source-name', name: parts[2]! } };
  }
  // With a process the binary may be left out: it is that of the process.
  const omitted = parts.length === 1 && options.targetPid !== undefined;
  const binary = omitted ? { ...parts[0]!, text: '' } : parts[0];
  const symbol = omitted ? parts[0] : parts[1];
  if (!binary || !symbol?.text || parts.length > 2) return wrongParts(shape, input, '2');
  const place = parsePlace(shape.name, symbol, input);
  return place && { binary, place };
}

function parsePlace(kind: string, symbol: Part, input: ProbeInput): Place | undefined {
  const report = (message: string): undefined => void input.diagnostics.error('attach-point', message, symbol.span);
  if (!symbol.quoted && /^[0-9]/.test(symbol.text)) {
    const address = integerValue(symbol.text);
    return typeof address === 'bigint' ? { kind: 'address', address } : report(`Invalid address: ${symbol.text}`);
  }
  const { name, offset } = splitOffset(symbol);
  if (offset === undefined) return { kind: 'function', name, offset: undefined };
  const value = integerValue(offset);
  if (kind === 'uretprobe') return report('uretprobes can not be attached at function offset');
  if (hasWildcard(name.text)) return report('An offset and a wildcard exclude each other');
  return typeof value === 'bigint' ? { kind: 'function', name, offset: value } : report(`Invalid offset: ${offset}`);
}

// ---- matching

class Matcher {
  readonly #kind: string;
  readonly #env: Environment;
  readonly #input: ProbeInput;
  readonly #uses: ProbeUses;
  readonly #context: ProbeContext;

  constructor(kind: string, env: Environment, input: ProbeInput, uses: ProbeUses, context: ProbeContext) {
    this.#kind = kind;
    this.#env = env;
    this.#input = input;
    this.#uses = uses;
    this.#context = context;
  }

  match(binary: Binary, place: Place): Match[] {
    if (place.kind === 'address') return this.#address(binary, place.address);
    if (place.kind === 'source-name') return this.#sourceName(binary, place.name.text);
    const { text, quoted } = place.name;
    if (hasWildcard(text) && !quoted) return this.#pattern(binary, text);
    const found = binary.function(text);
    if (!found) return [];
    if (place.offset !== undefined && !this.#insideOf(found, place.offset)) return [];
    const offset = Number(place.offset ?? 0n);
    return [this.#single(binary, found.name, offset)];
  }

  get #returns(): boolean {
    return this.#context.kind === 'registers' && this.#context.returns;
  }

  #single(binary: Binary, symbol: string, offset: number): Match {
    const attach = { kind: 'uprobe', path: binary.path, symbol, offset, returns: this.#returns } as const;
    const name = `${this.#kind}:${binary.path}:${symbol}${offset === 0 ? '' : `+${offset}`}`;
    return { name, attach, context: this.#context, shared: 'uprobe' };
  }

  /** Whether an offset lies in the function; reports when it does not, or when nobody can tell. */
  #insideOf(symbol: BinarySymbol, offset: bigint): boolean {
    if (this.#input.options.unsafe || (symbol.size > 0 && offset < BigInt(symbol.size))) return true;
    const message =
      symbol.size === 0
        ? `Could not determine boundary for ${symbol.name} (symbol has size 0).`
        : `Offset outside the function bounds ('${symbol.name}' size is ${symbol.size})`;
    this.#input.diagnostics
      .error('attach-point', message, this.#input.span)
      .hint('--unsafe attaches without this check; in the middle of an instruction that breaks the program');
    return false;
  }

  #address(binary: Binary, address: bigint): Match[] {
    const symbol = binary.functionAt(address);
    if (!symbol && !(this.#input.options.unsafe && binary.hasAddress(address))) {
      const message = `Could not resolve address: ${binary.path}:0x${address.toString(16)}`;
      this.#input.diagnostics.error('attach-point', message, this.#input.span);
      return [];
    }
    const attach = { kind: 'uprobe', path: binary.path, address, offset: 0, returns: this.#returns } as const;
    const name = `${this.#kind}:${binary.path}:0x${address.toString(16)}`;
    return [{ name, attach, context: this.#context, shared: 'uprobe' }];
  }

  #pattern(binary: Binary, pattern: string): Match[] {
    const fits = wildcard(pattern);
    return this.#several(binary, Array.from(binary.functions(), ({ name }) => name).filter(fits));
  }

  /** The name may be written with its parameters or without them. */
  #sourceName(binary: Binary, pattern: string): Match[] {
    const fits = wildcard(pattern);
    const symbols = Array.from(binary.functions(), ({ name }) => name);
    return this.#several(
      binary,
      symbols.filter((symbol) => {
        const name = this.#env.demangle(symbol);
        return fits(name) || fits(withoutParameters(name));
      }),
    );
  }

  #several(binary: Binary, symbols: readonly string[]): Match[] {
    if (symbols.length < 2 || this.#uses.names.has('probe') || !atLeast(this.#env.kernel, MULTI_SINCE)) {
      return symbols.map((symbol) => this.#single(binary, symbol, 0));
    }
    const names = symbols.map((symbol) => `${this.#kind}:${binary.path}:${symbol}`);
    const attach = { kind: 'uprobe-multi', path: binary.path, symbols, returns: this.#returns } as const;
    const program = { kind: 'kprobe', attachKind: 'trace_uprobe_multi' };
    return [{ name: names[0]!, names, attach, context: this.#context, program, shared: 'uprobe-multi' }];
  }
}

/** `space::name<int (char)>(int)` is `space::name<int (char)>`. */
function withoutParameters(name: string): string {
  let depth = 0;
  for (let at = 0; at < name.length; at++) {
    if (name[at] === '<') depth++;
    else if (name[at] === '>') depth--;
    else if (name[at] === '(' && depth === 0 && !name.startsWith('(anonymous', at)) return name.slice(0, at);
  }
  return name;
}

export const uprobe = userProbe({
  name: 'uprobe',
  alias: 'u',
  forms: ['binary:function[+offset]', 'binary:address', 'binary:cpp:"name"'],
  doc: 'The entry of a function of a program or a library, with its arguments as arg0, arg1, ...',
});

export const uretprobe = userProbe({
  name: 'uretprobe',
  alias: 'ur',
  forms: ['binary:function', 'binary:cpp:"name"'],
  doc: 'The return of a function of a program or a library, with its result in retval.',
});
