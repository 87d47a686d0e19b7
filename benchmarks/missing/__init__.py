"""Missing values: imputation, densities, groups, few labels and conditional samples."""
