// A thread that ends this process once its parent has gone, whatever the other threads do.
#pragma once

#include <napi.h>

// watchParent(parent: number): void
// `parent`: the process that started this one. Throws if no thread can be started.
Napi::Value watch_parent(const Napi::CallbackInfo & info);
