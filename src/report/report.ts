// What a report is: it turns records and maps into what people read. It is made once for an Image (every record kind and
// map becomes a compiled function then) and writes bytes into one buffer.

import type { Diagnostic } from '../base/diagnostic.ts';
import type { Image, MapSnapshot, RecordHandler } from '../image/index.ts';

/** Takes finished bytes; the bytes are reused after the call. */
export interface ByteSink {
  write(bytes: Uint8Array): void;
}

/** Names for numbers, from the running system. Every method is called only when something is printed. */
export interface Names {
  /** The kernel symbol that holds an address. */
  kernelSymbol(address: bigint): SymbolName | undefined;
  /** The symbol of a process that holds an address. */
  userSymbol(pid: number, address: bigint): SymbolName | undefined;
  /** Path of what a process has mapped at an address whose symbol is not known. */
  userModule(pid: number, address: bigint): string | undefined;
  /** Keeps what a process has mapped now, so that its addresses have names after its end. */
  remember?(pid: number): void;
  userName(uid: number): string | undefined;
  cgroupPath(id: bigint): string | undefined;
  /** Wall-clock nanoseconds since 1970 of a clock's zero. */
  wallTimeOf(clock: 'boot' | 'monotonic' | 'tai' | 'sw_tai'): bigint;
  /** Wall-clock nanoseconds since 1970 now. */
  now(): bigint;
}

export interface SymbolName {
  readonly name: string;
  readonly offset: bigint;
  /** Kernel module in brackets, or path of the binary. */
  readonly module?: string;
}

/** What records ask the session to do. */
export interface RecordHost {
  exit(code: number): void;
  readMap(map: number): MapSnapshot;
  clearMap(map: number): void;
  zeroMap(map: number): void;
  /** Runs a shell command and returns what it printed. */
  runCommand(command: string): Uint8Array;
  /** At most `limit` bytes of a file; throws with a sentence when it cannot be read. */
  readFile(path: string, limit: number): Uint8Array;
  /** A packet for a capture file. */
  packet(file: string, timeNs: bigint, bytes: Uint8Array): void;
}

export interface ReportOptions {
  readonly image: Image;
  readonly format: 'text' | 'json';
  /** Script output. */
  readonly output: ByteSink;
  /** errorf, warnf, warnings about the run. */
  readonly errors: ByteSink;
  readonly names: Names;
  readonly host: RecordHost;
  /** Print warnings of warnf and of the run. */
  readonly warnings: boolean;
}

export interface Report {
  /** Prints or does what a record says. */
  readonly handle: RecordHandler;
  /** Says how many probes are attached; in text to the errors, in JSON to the output. */
  attached(count: number): void;
  /** Prints all maps of the script, in order of their names, as at the end of a run; in text after two newlines. */
  maps(): void;
  /** Says that events were lost. */
  lost(count: bigint): void;
  /** Prints a diagnostic of the run in the report's format; warnings only when they are wanted. */
  diagnostic(diagnostic: Diagnostic): void;
  /** Writes out what is still in the buffer. */
  flush(): void;
}
