// C++ and Rust names as their programmers wrote them. The library (Rust compiled to WebAssembly, 0.5 MB) takes 6 ms to
// start, so that waits for the first name that needs it.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

interface Glue {
  demangle_any(name: string): string;
  __wbg_set_wasm(exports: unknown): void;
}

/** The part of the WebAssembly API that is used here; TypeScript has its types only together with those of browsers. */
interface WasmApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { readonly [module: string]: object },
  ) => { readonly exports: { __wbindgen_start(): void } };
}

let library: Glue | undefined;

/** The name in its language, or the name itself when it is not mangled. */
export function demangle(name: string): string {
  // Itanium C++ ABI and legacy Rust: _Z. Rust v0: _R. macOS and some tools put one more underscore before.
  if (!/^_{1,2}[ZR]/.test(name)) return name;
  library ??= load();
  const text = library.demangle_any(name);
  // Of a name that only looks mangled the library still takes the underscore away.
  return name.endsWith(text) ? name : text;
}

/** The package is made for bundlers, which import .wasm files; Node 20 does not, so this does what the import would do. */
function load(): Glue {
  const require = createRequire(import.meta.url);
  const glue = require('gecko-profiler-demangle/index_bg.js') as Glue;
  const bytes = readFileSync(require.resolve('gecko-profiler-demangle/index_bg.wasm'));
  const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly;
  const { exports } = new Instance(new Module(bytes), { './index_bg.js': glue });
  glue.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
  return glue;
}
