// Where a probe begins, as well as text alone can tell: used to find the place to go on at after an error.

const PROVIDER =
  '(?:begin|end|self|test|bench|kprobe|k|kretprobe|kr|fentry|f|kfunc|fexit|fr|kretfunc|tracepoint|t|rawtracepoint|rt|' +
  'uprobe|u|uretprobe|ur|usdt|profile|p|interval|i|software|s|hardware|h|watchpoint|w|iter|it)';
const PROBE = new RegExp(`(?:${PROVIDER}:[^\\s:;{}?]+|(?:begin|end)\\s*\\{)`, 'iy');

/** Whether a probe begins at this offset: first on its line, with the name of a provider and what it takes. */
export function startsProbe(text: string, at: number): boolean {
  const lineStart = at === 0 ? 0 : text.lastIndexOf('\n', at - 1) + 1;
  if (text.slice(lineStart, at).trim() !== '') return false;
  PROBE.lastIndex = at;
  return PROBE.test(text);
}
