// The texts of addresses, found once and kept as bytes: a stack of known frames is then only copied.

import { utf8Bytes } from '../base/bytes.ts';
import type { Names, SymbolName } from './report.ts';

/** A symbol's bare name, or a line of a stack in bpftrace's or perf's style. */
export type SymbolStyle = 'name' | 'bpftrace' | 'perf';

type Cache = Map<number, Uint8Array>;

/** What lies between a raw tracepoint and the helper that takes the stack: the program itself and what called it. */
const TRACER = /^(bpf_prog_[0-9a-f]{16}(_|$)|bpf_trace_run\d+$|bpf_trampoline_\d+$|__bpf_trace_|__traceiter_)/;

/** Entries after which a cache starts anew, so that a long run does not grow for ever. */
const CACHE_LIMIT = 1 << 16;

export class SymbolTexts {
  readonly #names: Names;
  readonly #kernel: Record<SymbolStyle, Cache> = emptyCaches();
  readonly #tracer = new Map<number, boolean>();
  readonly #user = new Map<number, Record<SymbolStyle, Cache>>();

  constructor(names: Names) {
    this.#names = names;
  }

  kernel(style: SymbolStyle, high: number, low: number): Uint8Array {
    return cached(this.#kernel[style], high, low, (address) => {
      const symbol = this.#names.kernelSymbol(address);
      return { text: renderSymbol(style, address, symbol, undefined), keep: true };
    });
  }

  /** Whether an address is in the tracer's own code rather than in what is traced. */
  isTracer(high: number, low: number): boolean {
    const key = keyOf(high, low);
    let answer = this.#tracer.get(key);
    if (answer === undefined) {
      if (this.#tracer.size >= CACHE_LIMIT) this.#tracer.clear();
      answer = TRACER.test(this.#names.kernelSymbol(addressOf(high, low))?.name ?? '');
      this.#tracer.set(key, answer);
    }
    return answer;
  }

  user(style: SymbolStyle, pid: number, high: number, low: number): Uint8Array {
    let caches = this.#user.get(pid);
    if (!caches) {
      if (this.#user.size >= CACHE_LIMIT) this.#user.clear();
      caches = emptyCaches();
      this.#user.set(pid, caches);
    }
    return cached(caches[style], high, low, (address) => {
      const symbol = this.#names.userSymbol(pid, address);
      const module = symbol || style !== 'perf' ? undefined : (this.#names.userModule(pid, address) ?? '[unknown]');
      // A library may be loaded or code compiled there later.
      return { text: renderSymbol(style, address, symbol, module), keep: symbol !== undefined };
    });
  }

  /** Forgets what may have changed: a process can execute another program under the same number. */
  forgetProcesses(): void {
    this.#user.clear();
  }
}

function emptyCaches(): Record<SymbolStyle, Cache> {
  return { name: new Map(), bpftrace: new Map(), perf: new Map() };
}

function cached(
  cache: Cache,
  high: number,
  low: number,
  find: (address: bigint) => { text: Uint8Array; keep: boolean },
): Uint8Array {
  const key = keyOf(high, low);
  const known = cache.get(key);
  if (known) return known;
  const { text, keep } = find(addressOf(high, low));
  if (keep && Number.isSafeInteger(key)) {
    if (cache.size >= CACHE_LIMIT) cache.clear();
    cache.set(key, text);
  }
  return text;
}

/** As a signed number every canonical address of today's machines fits a double. */
function keyOf(high: number, low: number): number {
  return (high | 0) * 0x1_0000_0000 + low;
}

function addressOf(high: number, low: number): bigint {
  return (BigInt(high) << 32n) | BigInt(low);
}

function renderSymbol(
  style: SymbolStyle,
  address: bigint,
  symbol: SymbolName | undefined,
  unnamedModule: string | undefined,
): Uint8Array {
  const hex = address.toString(16);
  if (style === 'name') return utf8Bytes(symbol ? symbol.name : `0x${hex}`);
  const place = symbol ? `${symbol.name}+${symbol.offset}` : `0x${hex}`;
  if (style === 'bpftrace') return utf8Bytes(`        ${place}\n`);
  const module = symbol ? symbol.module : unnamedModule;
  return utf8Bytes(`\t${hex} ${place}${module === undefined ? '' : ` (${module})`}\n`);
}
