// BTF: the types of a kernel, its modules and object files, read and written.

export { Btf, type Enumerator } from './btf.ts';
export { BtfBuilder, type IntEncoding, type Linkage, type MemberSpec } from './builder.ts';
export {
  encodeFuncInfo,
  encodeLineInfo,
  FUNC_INFO_LENGTH,
  type FuncInfo,
  LINE_INFO_LENGTH,
  type LineInfo,
} from './ext.ts';
export { declaration, printType, typeName } from './print.ts';
export type * from './types.ts';
