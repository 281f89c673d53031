// The program that loads the addon has Node's functions, whatever its name: node.exe, or Winnow.exe of the released
// app. An import library would fix one name. The compiler calls an imported function through a pointer of this name.
#include <windows.h>

extern "C" {
#define NODE_FUNCTION(name) FARPROC __imp_##name = nullptr;
#include "node-functions.h"
#undef NODE_FUNCTION
}

__attribute__((constructor)) static void find_functions() {
    const HMODULE program = GetModuleHandleW(nullptr);
#define NODE_FUNCTION(name) __imp_##name = GetProcAddress(program, #name);
#include "node-functions.h"
#undef NODE_FUNCTION
}
