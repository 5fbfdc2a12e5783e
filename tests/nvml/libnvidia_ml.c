/*
 * A stand-in for the driver's libnvidia-ml.so.1 that answers from a scene.
 *
 * NVML_STUB_SCENE names a text file that is read again on every call, so that a test changes
 * it while a program runs. One thing a line, fields as key=value, `_` in names for a space:
 *
 *   init DRIVER_NOT_LOADED           what nvmlInit answers; without this line it succeeds
 *   load 2                           the driver was loaded anew: older sessions get UNKNOWN
 *   hang 1                           every call waits for as long as this line stands there
 *   gpu uuid=GPU-1 name=Stub_A100 util=55 used=1 total=2 power=250000 temp=60 energy=7 handle=..
 *   mig uuid=MIG-1 name=1g.5gb used=1 total=2       an instance of the GPU above it
 *   process pid=42 used=1024                        on the GPU or instance above it
 *
 * power in mW, energy in mJ, used and total in bytes. A value that is the name of an error is
 * answered with that error, and a field that is not there with NOT_SUPPORTED. `handle=ERROR`
 * refuses the device itself; `lost=ERROR` answers every query of it, and of its instances.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define API __attribute__((visibility("default")))
#define MAX_GPUS 16
#define MAX_PARTS 8
#define MAX_PROCESSES 64
#define FIELD 96

typedef unsigned int uint;
typedef unsigned long long u64;
typedef void *device_t;

static const struct { const char *name; int code; } ERRORS[] = {
    {"UNINITIALIZED", 1},     {"INVALID_ARGUMENT", 2},       {"NOT_SUPPORTED", 3},
    {"NO_PERMISSION", 4},     {"NOT_FOUND", 6},              {"INSUFFICIENT_SIZE", 7},
    {"DRIVER_NOT_LOADED", 9}, {"TIMEOUT", 10},               {"LIBRARY_NOT_FOUND", 12},
    {"FUNCTION_NOT_FOUND", 13}, {"GPU_IS_LOST", 15},         {"RESET_REQUIRED", 16},
    {"LIB_RM_VERSION_MISMATCH", 18}, {"UNKNOWN", 999},
};

enum { SUCCESS = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6,
       INSUFFICIENT_SIZE = 7, DRIVER_NOT_LOADED = 9, FUNCTION_NOT_FOUND = 13, UNKNOWN = 999 };

typedef struct { uint pid; u64 used; } process_t;

typedef struct {
    char uuid[FIELD], name[FIELD], util[FIELD], used[FIELD], total[FIELD];
    char power[FIELD], temp[FIELD], energy[FIELD], handle[FIELD], lost[FIELD], procs[FIELD];
    process_t processes[MAX_PROCESSES];
    uint process_count;
} part_t;

typedef struct {
    part_t whole;
    part_t parts[MAX_PARTS];
    uint part_count;
} gpu_t;

typedef struct {
    int init, hangs;
    long load;
    gpu_t gpus[MAX_GPUS];
    uint count;
} scene_t;

static scene_t scene;
static int sessions;
static long session_load;

static int error_named(const char *text) {
    for (size_t i = 0; i < sizeof ERRORS / sizeof *ERRORS; i++)
        if (!strcmp(text, ERRORS[i].name)) return ERRORS[i].code;
    return SUCCESS;
}

static char *field_of(part_t *part, const char *key) {
    struct { const char *key; char *place; } fields[] = {
        {"uuid", part->uuid},   {"name", part->name},     {"util", part->util},
        {"used", part->used},   {"total", part->total},   {"power", part->power},
        {"temp", part->temp},   {"energy", part->energy}, {"handle", part->handle},
        {"lost", part->lost},   {"procs", part->procs},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (!strcmp(key, fields[i].key)) return fields[i].place;
    fprintf(stderr, "nvml stub: no field %s\n", key);
    abort();
}

static void fill(part_t *part, char *rest) {
    char *kept = NULL;
    for (char *word = strtok_r(rest, " ", &kept); word; word = strtok_r(NULL, " ", &kept)) {
        char *value = strchr(word, '=');
        if (!value) continue;
        *value++ = 0;
        snprintf(field_of(part, word), FIELD, "%s", value);
    }
    for (char *c = part->name; *c; c++)
        if (*c == '_') *c = ' ';
}

/* The scene as the file has it now. */
static void look_once(void) {
    const char *path = getenv("NVML_STUB_SCENE");
    FILE *file = path ? fopen(path, "r") : NULL;
    memset(&scene, 0, sizeof scene);
    if (!file) {
        scene.init = DRIVER_NOT_LOADED;
        return;
    }
    char line[1024];
    part_t *now = NULL;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        char *rest = strchr(line, ' ');
        if (rest) *rest++ = 0;
        if (!rest || *line == '#') continue;
        if (!strcmp(line, "init")) {
            scene.init = error_named(rest);
        } else if (!strcmp(line, "hang")) {
            scene.hangs = 1;
        } else if (!strcmp(line, "load")) {
            scene.load = atol(rest);
        } else if (!strcmp(line, "gpu") && scene.count < MAX_GPUS) {
            now = &scene.gpus[scene.count++].whole;
            fill(now, rest);
        } else if (!strcmp(line, "mig") && scene.count) {
            gpu_t *gpu = &scene.gpus[scene.count - 1];
            if (gpu->part_count == MAX_PARTS) continue;
            now = &gpu->parts[gpu->part_count++];
            fill(now, rest);
        } else if (!strcmp(line, "process") && now && now->process_count < MAX_PROCESSES) {
            process_t *process = &now->processes[now->process_count++];
            if (sscanf(rest, "pid=%u used=%llu", &process->pid, &process->used) < 2)
                process->used = ~0ULL; /* NVML_VALUE_NOT_AVAILABLE */
        }
    }
    fclose(file);
}

static void look(void) {
    for (look_once(); scene.hangs; look_once()) usleep(5000);
}

static int session(void) {
    look();
    if (!sessions) return UNINITIALIZED;
    if (scene.init) return scene.init;
    return scene.load == session_load ? SUCCESS : UNKNOWN;
}

/* A handle is 256 * (GPU + 1), plus the instance + 1. */
static int find(device_t device, part_t **found) {
    int status = session();
    if (status) return status;
    size_t number = (size_t)device, at = number / 256, part = number % 256;
    if (!at || at > scene.count) return INVALID_ARGUMENT;
    gpu_t *gpu = &scene.gpus[at - 1];
    if (*gpu->whole.lost) return error_named(gpu->whole.lost);
    if (part > gpu->part_count) return INVALID_ARGUMENT;
    *found = part ? &gpu->parts[part - 1] : &gpu->whole;
    return SUCCESS;
}

static int number(const char *text, u64 *value) {
    if (!*text) return NOT_SUPPORTED;
    int error = error_named(text);
    if (!error) *value = strtoull(text, NULL, 10);
    return error;
}

static int text_of(const char *text, char *buffer, uint length) {
    if (!*text) return NOT_SUPPORTED;
    int error = error_named(text);
    if (error) return error;
    if (strlen(text) + 1 > length) return INSUFFICIENT_SIZE;
    strcpy(buffer, text);
    return SUCCESS;
}

API int nvmlInitWithFlags(uint flags) {
    (void)flags;
    look();
    if (scene.init) return scene.init;
    if (!sessions++) session_load = scene.load;
    return SUCCESS;
}

API int nvmlShutdown(void) {
    if (!sessions) return UNINITIALIZED;
    sessions--;
    return SUCCESS;
}

API const char *nvmlErrorString(int code) {
    for (size_t i = 0; i < sizeof ERRORS / sizeof *ERRORS; i++)
        if (code == ERRORS[i].code) return ERRORS[i].name;
    return "SUCCESS";
}

API int nvmlSystemGetDriverVersion(char *version, uint length) {
    int status = session();
    return status ? status : text_of("550.54.15", version, length);
}

API int nvmlSystemGetCudaDriverVersion(int *version) {
    *version = 12040;
    return session();
}

API int nvmlDeviceGetCount_v2(uint *count) {
    int status = session();
    *count = scene.count;
    return status;
}

API int nvmlDeviceGetHandleByIndex_v2(uint index, device_t *device) {
    int status = session();
    if (status) return status;
    if (index >= scene.count) return INVALID_ARGUMENT;
    part_t *gpu = &scene.gpus[index].whole;
    if (*gpu->lost) return error_named(gpu->lost);
    if (*gpu->handle) return error_named(gpu->handle);
    *device = (device_t)((size_t)(index + 1) * 256);
    return SUCCESS;
}

API int nvmlDeviceGetName(device_t device, char *name, uint length) {
    part_t *part;
    int status = find(device, &part);
    return status ? status : text_of(part->name, name, length);
}

API int nvmlDeviceGetUUID(device_t device, char *uuid, uint length) {
    part_t *part;
    int status = find(device, &part);
    return status ? status : text_of(part->uuid, uuid, length);
}

API int nvmlDeviceGetCudaComputeCapability(device_t device, int *major, int *minor) {
    part_t *part;
    *major = 8;
    *minor = 0;
    return find(device, &part);
}

API int nvmlDeviceGetUtilizationRates(device_t device, uint rates[2]) {
    part_t *part;
    u64 value = 0;
    int status = find(device, &part);
    if (!status) status = number(part->util, &value);
    rates[0] = (uint)value;
    rates[1] = 0;
    return status;
}

API int nvmlDeviceGetMemoryInfo(device_t device, u64 memory[3]) {
    part_t *part;
    int status = find(device, &part);
    if (!status) status = number(part->total, &memory[0]);
    if (!status) status = number(part->used, &memory[2]);
    if (!status) memory[1] = memory[0] - memory[2];
    return status;
}

API int nvmlDeviceGetPowerUsage(device_t device, uint *milliwatts) {
    part_t *part;
    u64 value = 0;
    int status = find(device, &part);
    if (!status) status = number(part->power, &value);
    *milliwatts = (uint)value;
    return status;
}

API int nvmlDeviceGetTemperature(device_t device, int sensor, uint *celsius) {
    part_t *part;
    u64 value = 0;
    int status = find(device, &part);
    if (!status) status = sensor ? INVALID_ARGUMENT : number(part->temp, &value);
    *celsius = (uint)value;
    return status;
}

API int nvmlDeviceGetTotalEnergyConsumption(device_t device, u64 *millijoules) {
    part_t *part;
    int status = find(device, &part);
    return status ? status : number(part->energy, millijoules);
}

typedef struct { uint pid; u64 used; uint instance, compute; } listed_t;

static int processes(device_t device, uint *count, listed_t *listed) {
    part_t *part;
    int status = find(device, &part);
    if (!status && *part->procs) status = error_named(part->procs);
    if (status) return status;
    uint room = *count;
    *count = part->process_count;
    if (room < part->process_count) return INSUFFICIENT_SIZE;
    for (uint i = 0; i < part->process_count; i++)
        listed[i] = (listed_t){part->processes[i].pid, part->processes[i].used, ~0u, ~0u};
    return SUCCESS;
}

#ifdef OLD_DRIVER /* before 510: no third version of this query, and no MIG */
API int nvmlDeviceGetComputeRunningProcesses_v2(device_t d, uint *n, listed_t *l) {
    return processes(d, n, l);
}
#else
API int nvmlDeviceGetComputeRunningProcesses_v3(device_t d, uint *n, listed_t *l) {
    return processes(d, n, l);
}

API int nvmlDeviceGetMigMode(device_t device, uint *current, uint *pending) {
    part_t *part;
    int status = find(device, &part);
    if (status) return status;
    *current = *pending = scene.gpus[(size_t)device / 256 - 1].part_count > 0;
    return SUCCESS;
}

API int nvmlDeviceGetMaxMigDeviceCount(device_t device, uint *count) {
    part_t *part;
    *count = MAX_PARTS - 1;
    return find(device, &part);
}

API int nvmlDeviceGetMigDeviceHandleByIndex(device_t device, uint index, device_t *found) {
    part_t *part;
    int status = find(device, &part);
    if (status) return status;
    if (index >= scene.gpus[(size_t)device / 256 - 1].part_count) return NOT_FOUND;
    *found = (device_t)((size_t)device + index + 1);
    return SUCCESS;
}
#endif
