const { PATH, NODE_COMPILE_CACHE } = process.env;

/**
 * The part of the environment that a process started by a test gets. What an earlier process of the run has compiled need
 * not be compiled again, which saves nearly half of the CPU time of a start.
 */
export const processEnvironment = { PATH, NODE_COMPILE_CACHE };
