// Addresses to names and names to addresses: kernel, programs and libraries, generated code.

export { type ResolveOptions, resolveBinaries, resolveBinary } from './binaries.ts';
export { demangle } from './demangle.ts';
export { openElf, tryOpenElf } from './files.ts';
export { type KernelSymbol, type KernelSymbolEntry, KernelSymbols } from './kallsyms.ts';
export { type CachedLibrary, parseLdSoCache } from './ld-so-cache.ts';
export { type Mapping, parseMaps } from './maps.ts';
export { PerfMap } from './perf-map.ts';
export type { UserModule, UserSymbol } from './process.ts';
export { Symbolizer, type SymbolizerOptions } from './symbolizer.ts';
