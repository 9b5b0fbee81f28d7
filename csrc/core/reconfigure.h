// Other descriptors for the same silicon, in two parts (SPEC 19.8).
// SPDX-License-Identifier: Apache-2.0
#ifndef EF_RECONFIGURE_H
#define EF_RECONFIGURE_H

#include "state.h"

// Whether the chip can be told so, as ef_reconfigure; nothing is changed.
int ef_would_take(struct ef_fault *fault, const struct ef_chip *chip,
                  const struct ef_config *config);
// Settings, digest and layers as the configuration has them; no array is touched.
void ef_tell(struct ef_chip *chip, const struct ef_config *config);

#endif
