// Memory of other machines, for JavaScript. ggml's RPC backend is a plug-in, loaded when it is first needed.
#pragma once

#include <napi.h>

// addMachines({ library: string, endpoints: string[] }): Promise<{ endpoint, error, devices }[]>
// Makes the machines' devices known to ggml. `error` is null, or begins with "unreachable: " or "incompatible: ".
Napi::Value rpc_add_machines(const Napi::CallbackInfo & info);

// serveMemory({ library, endpoint, devices, nThreads, memoryLimit, cache, onEvent }): Promise<never>
// Lends the devices' memory until the process ends; rejects if it cannot start.
// onEvent(what, detail): "listening" and the port, "serves" or "served" and a client's address.
Napi::Value rpc_serve_memory(const Napi::CallbackInfo & info);
