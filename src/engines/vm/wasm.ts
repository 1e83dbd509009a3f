// The part of the WebAssembly API that the vm uses. TypeScript has its types only together with those of browsers.

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** Adds pages of 64 KiB; throws RangeError when the machine has no more. */
  grow(pages: number): number;
}

export interface WasmModule {
  readonly [brand: symbol]: 'module';
}

export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

export interface WasmGlobal {
  value: number | bigint;
}

export interface WasmTable {
  readonly length: number;
  get(index: number): unknown;
  set(index: number, value: unknown): void;
  grow(count: number): number;
}

export interface WasmApi {
  readonly Memory: new (limits: { initial: number; maximum?: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => WasmModule;
  readonly Instance: new (
    module: WasmModule,
    imports?: Readonly<Record<string, Record<string, unknown>>>,
  ) => WasmInstance;
  readonly Global: new (type: { value: string; mutable?: boolean }, value?: number | bigint) => WasmGlobal;
  readonly Table: new (limits: { element: 'anyfunc'; initial: number; maximum?: number }) => WasmTable;
  readonly validate: (bytes: Uint8Array) => boolean;
}

export const wasm: WasmApi = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly;
