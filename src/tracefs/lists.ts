// The lists of tracefs as values: events, and functions that ftrace can trace.

/** A function that kprobes and fentry can attach to. */
export interface TraceableFunction {
  readonly name: string;
  /** Module that has it; absent for the kernel proper. */
  readonly module?: string;
}

/** `available_events`: one `category:event` a line. */
export function parseAvailableEvents(text: string): { category: string; name: string }[] {
  const events: { category: string; name: string }[] = [];
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) events.push({ category: line.slice(0, colon), name: line.slice(colon + 1).trim() });
  }
  return events;
}

/** `available_filter_functions`: one `function` or `function [module]` a line. */
export function parseFilterFunctions(text: string): TraceableFunction[] {
  const functions: TraceableFunction[] = [];
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    const found = traceableFunction(text, start, end);
    if (found) functions.push(found);
    start = end + 1;
  }
  return functions;
}

/** `available_filter_functions_addrs` (kernel 6.5): as the list without addresses, each line with an address first. */
export function parseFilterFunctionAddresses(text: string): (TraceableFunction & { readonly address: bigint })[] {
  const functions: (TraceableFunction & { readonly address: bigint })[] = [];
  for (const line of text.split('\n')) {
    const space = line.indexOf(' ');
    const found = space > 0 ? traceableFunction(line, space + 1, line.length) : undefined;
    if (found) functions.push({ ...found, address: BigInt(`0x${line.slice(0, space)}`) });
  }
  return functions;
}

function traceableFunction(text: string, start: number, end: number): TraceableFunction | undefined {
  const space = text.indexOf(' ', start);
  const nameEnd = space === -1 || space > end ? end : space;
  const name = text.slice(start, nameEnd);
  // Functions of freed init sections stay listed under a made-up name.
  if (name === '' || name.startsWith('__ftrace_invalid_address__')) return undefined;
  const open = text.indexOf('[', nameEnd);
  if (open === -1 || open >= end) return { name };
  return { name, module: text.slice(open + 1, text.indexOf(']', open)) };
}
