"""The models, shared by training and evaluation. All parameters carry the seeds as their leading axis."""
