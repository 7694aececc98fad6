"""`asyncwatch plan`: what a run would do, in each form that is printed; one file a form."""
