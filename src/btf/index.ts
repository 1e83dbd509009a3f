// BTF: the types of a kernel, its modules and object files.

export { Btf, type Enumerator } from './btf.ts';
export { declaration, printType, typeName } from './print.ts';
export type * from './types.ts';
