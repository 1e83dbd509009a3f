// ELF: programs, libraries and debug files, from their bytes.

export { AddressIndex, type SymbolHit, type TableInFile } from './address-index.ts';
export { DEBUG_DIRECTORY, debugFileCandidates } from './debug-files.ts';
export type { DynamicInfo } from './dynamic.ts';
export { type DebugLink, ElfFile, type FunctionLocation, type UsdtSite } from './elf.ts';
export {
  type ElfHeader,
  type ElfSymbol,
  ElfType,
  Machine,
  type Section,
  SectionFlag,
  SectionType,
  type Segment,
  SegmentFlag,
  SegmentType,
  SymbolBinding,
  type SymbolBindingName,
  type SymbolKind,
  SymbolType,
} from './format.ts';
export { isElf } from './header.ts';
export { type Note, parseNotes } from './notes.ts';
export { type ByteSource, bytesSource } from './source.ts';
export { SymbolTable } from './symbol-table.ts';
export {
  parseUsdtArguments,
  parseUsdtNotes,
  type UsdtArgument,
  type UsdtContext,
  type UsdtLocation,
  type UsdtProbe,
} from './usdt.ts';
