// A command between its steps: what its stages are called, for its steps and its check.
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_STAGES_H
#define EF_STAGES_H

enum ef_stage { // of an inference, of learning, of an update; of programming
    EF_STAGE_FORWARD = 0,
    EF_STAGE_ERROR = 1,
    EF_STAGE_BACK = 2, // errors of `layer` go to the one below
    EF_STAGE_UPDATE = 3,
    EF_STAGE_READ = 0,
    EF_STAGE_PULSE = 1
};

#endif
