// What the kernel's sentences mean, for people who meet them for the first time.

interface Meaning {
  readonly pattern: RegExp;
  readonly text: string;
}

export const meanings: readonly Meaning[] = [
  { pattern: /!read_ok/, text: 'A register is read that was never written on this way, or that a call has clobbered.' },
  { pattern: /frame pointer is read only/, text: 'r10 points to the stack and cannot be changed; copy it first.' },
  {
    pattern: /invalid mem access '.*_or_null'/,
    text: 'The pointer may be NULL; compare it with 0 before it is used.',
  },
  {
    pattern: /invalid mem access 'scalar'/,
    text: 'The register holds a number, not a pointer to memory that the program may use.',
  },
  { pattern: /invalid mem access/, text: 'Memory cannot be reached through this kind of pointer.' },
  {
    pattern: /invalid access to map value|outside of the allowed memory range/,
    text: 'The access may lie outside of the memory that the pointer points to.',
  },
  {
    pattern: /min value is negative/,
    text: 'The offset or size may be negative; use an unsigned number or compare it with 0.',
  },
  {
    pattern: /unbounded memory access/,
    text: 'The offset or size has no upper bound that is known; compare it with a constant first.',
  },
  {
    pattern: /invalid access to packet|outside of the packet/,
    text: 'The bytes of the packet must be compared with data_end before they are accessed.',
  },
  {
    pattern: /invalid bpf_context access/,
    text: 'The context of this kind of program has no such field, or the field may not be accessed in this way.',
  },
  {
    pattern: /invalid(?: unbounded)?(?: variable-offset)? (?:read|write)|stack R\d+ off/,
    text: 'The access lies outside of the stack frame or reads bytes that were not written.',
  },
  { pattern: /unreachable insn/, text: 'No way through the program leads to this instruction.' },
  { pattern: /jump out of range/, text: 'A jump leads out of its function.' },
  { pattern: /last insn is not an exit/, text: 'The function does not end in exit or a jump.' },
  { pattern: /infinite loop/, text: 'The program comes back to this instruction with nothing changed.' },
  { pattern: /back-edge/, text: 'Loops need CAP_BPF.' },
  {
    pattern: /too large\. Processed|too complex/,
    text: 'The program has more ways than can be explored; make loops shorter.',
  },
  { pattern: /Unreleased reference/, text: 'Something that was acquired is not given up on every way to the end.' },
  {
    pattern: /pointer arithmetic|pointer prohibited|math between/,
    text: 'This arithmetic is not allowed on this kind of pointer.',
  },
  { pattern: /type=.* expected=/, text: 'The helper takes another kind of argument here.' },
  { pattern: /cannot use helper|invalid func/, text: 'This kind of program may not call this helper.' },
  { pattern: /GPL/, text: 'The helper may only be called by programs under a GPL-compatible licence.' },
  { pattern: /cannot pass map_type/, text: 'The helper does not work on maps of this kind.' },
  { pattern: /should have been in/, text: 'The value returned is outside of what this kind of program may return.' },
  { pattern: /stack size/, text: 'Functions that call one another share 512 bytes of stack.' },
  { pattern: /leaks addr|pointer comparison prohibited/, text: 'Without privileges no address may become visible.' },
  { pattern: /misaligned/, text: 'The address must be a multiple of the size of the access here.' },
  { pattern: /div by zero/, text: 'The constant divisor is 0.' },
];
