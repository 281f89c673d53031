// What Windows reports about memory beyond what Node asks for. A separate addon: it is loaded by the process that
// plans, which does not load llama.cpp. native/windows-memory.ts gives its export a type.
#include <node_api.h>

#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <psapi.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace {

// Node puts itself and its children into a job of its own before it starts the first one, behind which the surrounding
// job is no longer visible: so it is queried when the addon is loaded.
struct job_facts {
    uint64_t job_limit     = 0; // 0: none
    uint64_t process_limit = 0;
    std::vector<DWORD> processes;
};

job_facts around;

// The processes of the job that this one is in at present.
std::vector<DWORD> processes_of_job() {
    BOOL in_job = FALSE;
    if (!IsProcessInJob(GetCurrentProcess(), nullptr, &in_job) || !in_job) {
        return {};
    }
    for (size_t room = 64; room <= 65536; room *= 4) {
        std::vector<ULONG_PTR> buffer(offsetof(JOBOBJECT_BASIC_PROCESS_ID_LIST, ProcessIdList)/sizeof(ULONG_PTR) + room);
        auto * list = (JOBOBJECT_BASIC_PROCESS_ID_LIST *) buffer.data();
        if (QueryInformationJobObject(nullptr, JobObjectBasicProcessIdList, list, (DWORD) (buffer.size()*sizeof(ULONG_PTR)), nullptr)) {
            return { list->ProcessIdList, list->ProcessIdList + list->NumberOfProcessIdsInList };
        }
        if (GetLastError() != ERROR_MORE_DATA) {
            break;
        }
    }
    return {};
}

job_facts ask_job() {
    job_facts facts;
    BOOL in_job = FALSE;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
    if (!IsProcessInJob(GetCurrentProcess(), nullptr, &in_job) || !in_job ||
        !QueryInformationJobObject(nullptr, JobObjectExtendedLimitInformation, &limits, sizeof limits, nullptr)) {
        return facts;
    }
    const DWORD flags = limits.BasicLimitInformation.LimitFlags;
    if (flags & JOB_OBJECT_LIMIT_JOB_MEMORY) {
        facts.job_limit = limits.JobMemoryLimit;
        facts.processes = processes_of_job();
    }
    if (flags & JOB_OBJECT_LIMIT_PROCESS_MEMORY) {
        facts.process_limit = limits.ProcessMemoryLimit;
    }
    return facts;
}

// The memory that processes have committed; those that have ended, or may not be queried, do not count.
uint64_t committed(const std::vector<DWORD> & processes) {
    uint64_t sum = 0;
    for (const DWORD pid : processes) {
        const HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
        PROCESS_MEMORY_COUNTERS counters{};
        if (process && GetProcessMemoryInfo(process, &counters, sizeof counters)) {
            sum += counters.PagefileUsage;
        }
        if (process) {
            CloseHandle(process);
        }
    }
    return sum;
}

// The committed memory of the job around this process: of its processes when this one began, and of those that this one has started.
uint64_t committed_in_job() {
    std::vector<DWORD> processes = processes_of_job();
    processes.push_back(GetCurrentProcessId());
    processes.insert(processes.end(), around.processes.begin(), around.processes.end());
    std::sort(processes.begin(), processes.end());
    processes.erase(std::unique(processes.begin(), processes.end()), processes.end());
    return committed(processes);
}

void set_number(napi_env env, napi_value object, const char * name, uint64_t value) {
    napi_value number;
    napi_create_double(env, (double) value, &number);
    napi_set_named_property(env, object, name, number);
}

// memory(): { commitLimit, commitFree, processLimit, jobLimit, jobCommitted } in bytes; a limit of 0: none
napi_value memory(napi_env env, napi_callback_info) {
    MEMORYSTATUSEX status{};
    status.dwLength = sizeof status;
    if (!GlobalMemoryStatusEx(&status)) {
        napi_throw_error(env, nullptr, "GlobalMemoryStatusEx failed");
        return nullptr;
    }
    napi_value object;
    napi_create_object(env, &object);
    set_number(env, object, "commitLimit",  status.ullTotalPageFile);
    set_number(env, object, "commitFree",   status.ullAvailPageFile);
    set_number(env, object, "processLimit", around.process_limit);
    set_number(env, object, "jobLimit",     around.job_limit);
    set_number(env, object, "jobCommitted", around.job_limit ? committed_in_job() : 0);
    return object;
}

} // namespace

NAPI_MODULE_INIT() {
    around = ask_job();
    napi_value function;
    napi_create_function(env, "memory", NAPI_AUTO_LENGTH, memory, nullptr, &function);
    napi_set_named_property(env, exports, "memory", function);
    return exports;
}
