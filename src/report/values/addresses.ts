// Addresses shown as the symbols that hold them.

import { textAndQuoted, type ValueContext, type ValueFormat } from './value.ts';

export function kernelSymbolFormat(context: ValueContext): ValueFormat {
  return textAndQuoted((out, { view }, offset) => {
    out.copy(context.symbols.kernel('name', view.getUint32(offset + 4, true), view.getUint32(offset, true)));
  }, context);
}

export function userSymbolFormat(context: ValueContext): ValueFormat {
  return textAndQuoted((out, { view }, offset) => {
    const pid = view.getUint32(offset + 8, true);
    out.copy(context.symbols.user('name', pid, view.getUint32(offset + 4, true), view.getUint32(offset, true)));
  }, context);
}
