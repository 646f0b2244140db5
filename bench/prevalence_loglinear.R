# Costs of SparseMSE and MultipleSystemsEstimation in CPU seconds, one "name value" a line.
# Usage: Rscript prevalence_loglinear.R TABLE.csv RESAMPLES
args <- commandArgs(TRUE)
table <- read.csv(args[1])
resamples <- as.integer(args[2])
cost <- function(name, expression) {
  seconds <- system.time(expression)
  cat(name, seconds[["user.self"]] + seconds[["sys.self"]], "\n")
}
has <- function(package) suppressWarnings(requireNamespace(package, quietly = TRUE))
counts <- table[, ncol(table)]
set.seed(1)
tables <- lapply(seq_len(resamples), function(i) {
  drawn <- table
  drawn[, ncol(table)] <- rmultinom(1, sum(counts), counts)
  drawn
})
if (has("SparseMSE")) {
  cost("sparsemse", for (t in tables) SparseMSE::estimatepopulation.0(t, quantiles = NULL))
}
if (has("MultipleSystemsEstimation")) {
  mse <- asNamespace("MultipleSystemsEstimation")
  stepwise <- mget(c("estimate_population_stepwise_0", "estimatepopulation.0"), envir = mse,
                   ifnotfound = list(NULL))
  f <- Filter(is.function, stepwise)
  if (length(f)) cost("successor", for (t in tables) f[[1]](t, quantiles = NULL))
  if (exists("assemble_bic", envir = mse)) {
    cost("models", get("assemble_bic", envir = mse)(table, maxorder = 2))
  }
}
