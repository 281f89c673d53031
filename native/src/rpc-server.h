// Lends devices' memory to clients of ggml's RPC, several at a time.
#pragma once

#include "ggml-backend.h"
#include "ggml-rpc.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

struct rpc_server_options {
    std::string                     endpoint;
    std::vector<ggml_backend_dev_t> devices;
    size_t                          n_threads;
    uint64_t                        memory_limit; // bytes of each device
    bool                            cache;        // store what is received in the working directory
    // Called by any thread. what: "listening" with the port, "serves" or "served" with a client's address
    std::function<void(const char * what, const std::string & detail)> on_event;
};

// Serves until the process ends. @throws std::runtime_error: it cannot start
[[noreturn]] void rpc_serve(decltype(&ggml_backend_rpc_serve_socket) serve_socket, const rpc_server_options & options);
