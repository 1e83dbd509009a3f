#include "bpf.h"
/* Every kind of CO-RE relocation, each result in its own slot of an array that the tests read from the instructions. */
struct inner___old { int a; int b; } __core;
enum color___new { RED, GREEN = 5, GONE = 9 };
struct thing___local {
  int first;
  struct { int hidden; union { long named; long other; }; };
  int array[4];
  __u32 bits : 3;
  __u32 wide : 11;
  int missing;
  void *pointer;
} __core;
typedef int thing_t;
struct absent { int x; } __core;
extern int LINUX_KERNEL_VERSION __kconfig;
extern _Bool CONFIG_BPF __kconfig;
extern char CONFIG_HOSTNAME[8] __kconfig __weak;
__u64 sink[32];
#define FIELD(at, kind, expression) sink[at] = __builtin_preserve_field_info(expression, kind)
SEC("raw_tp/sys_enter") int all(struct thing___local *t)
{
  FIELD(0, 0, t->array[2]);
  FIELD(1, 1, t->array);
  FIELD(2, 2, t->missing);
  FIELD(3, 3, t->first);
  FIELD(4, 4, t->wide);
  FIELD(5, 5, t->wide);
  FIELD(6, 0, t->named);
  FIELD(7, 2, t->named);
  sink[8] = __builtin_btf_type_id(*(struct thing___local *)0, 0);
  sink[9] = __builtin_btf_type_id(*(struct thing___local *)0, 1);
  sink[10] = __builtin_preserve_type_info(*(struct thing___local *)0, 0);
  sink[11] = __builtin_preserve_type_info(*(struct thing___local *)0, 1);
  sink[12] = __builtin_preserve_enum_value(*(enum color___new *)GREEN, 0);
  sink[13] = __builtin_preserve_enum_value(*(enum color___new *)GREEN, 1);
  sink[14] = __builtin_preserve_enum_value(*(enum color___new *)GONE, 0);
  sink[15] = __builtin_preserve_type_info(*(struct absent *)0, 0);
  sink[16] = t->array[1];
  sink[17] = LINUX_KERNEL_VERSION + CONFIG_BPF + CONFIG_HOSTNAME[0];
  return 0;
}
SEC("raw_tp/sys_exit") int gone(struct thing___local *t) { return t->missing; }
char _license[] SEC("license") = "MIT";
