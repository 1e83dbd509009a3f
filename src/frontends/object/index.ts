// BPF object files, as clang makes them, to programs and maps.

export type { LineRecord } from './btf-ext.ts';
export { POISON } from './core-patch.ts';
export type { KernelConfig } from './externs.ts';
export type { FunctionParameter, FunctionShape } from './function-shapes.ts';
export type { KernelReference, MapReference } from './link.ts';
export type { ObjectMap } from './maps.ts';
export { type BpfObject, type ObjectOptions, type ObjectProgram, readObject } from './object.ts';
export { type SectionMeaning, sectionMeaning, sectionNames } from './sections.ts';
export { objectImage } from './to-image.ts';
