/* SPDX-License-Identifier: MIT */
#include "actors.h"

TSP_EXPORT(&agent_class, &authority_class, &echo_class, &counter_class, &slow_class, &failing_class,
	&shapes_class, &mute_class, &forwarder_class, &sulker_class, &heir_class, &blue_class,
	&big_blue_class)
