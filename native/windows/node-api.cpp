// The program that loads the addon has Node's functions, whatever its name is: node.exe, or Winnow.exe of the released app.
// An import library would name one. The compiler calls an imported function by a pointer of this name.
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
